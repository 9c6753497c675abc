#include "scheduler/greylist/stated_wait.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

#include "mail/reply_words.hpp"
#include "scheduler/greylist/date_text.hpp"
#include "scheduler/greylist/time_words.hpp"

namespace greyhound::scheduler {
namespace {

using std::chrono::seconds;

// Lists of words, or of parts of words, in lower case. The first: to try again, and to be taken
// then.
constexpr std::string_view again =
    "try|retr|again|back|resend|re-send|send |submit|attempt|accept|allow|pass |reset|"
    "return|repeat|available|later|erneut|versuch|wieder|nochmal|senden|noch einmal|"
    "später|essay|tentative|tenter|renvoy|réitér|plus tard|intent|intént|reenv|vuelva|"
    "prueb|riprov|ritent|reinvi|provare|tente|tentar|novamente|probeer|opnieuw|spróbuj|"
    "ponów|ponown|ponawi|повтор|попроб|попыт|ещё раз|снова|спроб|försök|prøv|forsøg|"
    "yritä|uudelleen|zkuste|skúste|próbál|tekrar|dene|încerc|再|重|试|試|尝试|送|寄|시도|보내|"
    "δοκιμ|发|redeliver|re-deliver|renouvel|"
    "angenommen|akzeptiert|zugestellt|accepté|aceptad|aceptar|accettat|aceit|принят|接受|受け";

// To be put off.
constexpr std::string_view put_off =
    "warten|greylist|graylist|grey list|gray list|grey-list|gray-list|delay|defer|wait|"
    "embargo|block|suspend|banned|reject|refus|denied|postpone|limited|throttl|grauliste|"
    "zurückgestellt|abgewiesen|abgelehnt|gesperrt|liste grise|différ|retard|bloqu|"
    "lista gris|lista grigia|ritardat|lista cinz|adiad|grijze|uitgesteld|vertraagd|szar|"
    "opóźnion|серы|отложен|задерж|灰|グレ|그레이";

// What has a length too, but is no wait.
constexpr std::string_view other_times =
    "timeout|timed out|time-out|time out|idle|inactiv|expire|lifetime|valid for|"
    "whitelist|remember|cached| ttl|dns|lookup|resolv";

// Words that stand between the link and the number.
constexpr std::string_view fillers =
    " about approximately approx around circa ca at least minimum minimal minimally mind the next "
    "more further roughly some only another additional exactly up no less sooner than earlier time "
    "period of is be to a an not etwa ungefähr mindestens rund noch weitere weiteren ungefaehr "
    "environ au moins encore unos aproximadamente al menos otros almeno altri pelo mais cerca de "
    "ongeveer minstens minimaal nog około co najmniej jeszcze примерно около не менее чем ещё еще "
    "минимум через minst ";

constexpr std::string_view links =
    " in after between until nach dans après apres en tras dentro fra tra dopo em após apos daqui "
    "over na za po om efter через після після за după peste σε μετά ";

constexpr std::string_view durations = " for für fuer pendant durante por voor przez gedurende på ";

// Words that say themselves that what follows is the wait.
constexpr std::string_view waits =
    " wait waiting delay delayed interval remaining left retry greylisted graylisted greylisting "
    "graylisting warten sie wartezeit verbleibend attendre attendez patienter patientez délai "
    "espere esperar attendere attendi attenda aguarde aguardar wacht wachten wachttijd czekaj "
    "odczekaj poczekaj zaczekaj подождите ждать подождать осталось ожидание задержка "
    "verbleiben reste restant quedan restano faltam pozostało espera attente attesa vänta vent ";

// Behind the number.
constexpr std::string_view afterwards =
    "later|from "
    "now|hence|后|後|之后|之後|以后|以後|のち|経過|経って|以上|후|뒤|sonra|kuluttua|päästä|múlva|"
    "спустя";
constexpr std::string_view leftovers =
    "left|remaining|to go|to wait|remain|verbleib|übrig|restant|rimanent|rimast|"
    "resterend|pozosta|осталось|kvar|残|warten|wachten";
constexpr std::string_view waits_joined = "等|等待|等候|稍等|剩余|剩餘|还剩|あと|残り";

// Keys of key=value, the value perhaps a bare number of seconds.
constexpr std::string_view keys = " retry retry-after retry_after retryafter delay wait ";

constexpr std::string_view clause_ends = ",|;|!|?|(|)|[|]|。|，|；|！|？|（|）|、| - ";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

// Whether `holds` is true of one of the words between the bars.
template <class Test>
bool any_of(std::string_view words, Test holds) {
  while (!words.empty()) {
    const auto end = std::min(words.find('|'), words.size());
    if (holds(words.substr(0, end))) return true;
    words.remove_prefix(std::min(words.size(), end + 1));
  }
  return false;
}

bool has_any(std::string_view text, std::string_view words) {
  return any_of(words, [text](std::string_view word) { return text.find(word) != text.npos; });
}

bool begins_with_any(std::string_view text, std::string_view words) {
  return any_of(words, [text](std::string_view word) { return text.starts_with(word); });
}

bool ends_with_any(std::string_view text, std::string_view words) {
  return any_of(words, [text](std::string_view word) { return text.ends_with(word); });
}

std::string_view without_end(std::string_view text, std::string_view characters) {
  const auto last = text.find_last_not_of(characters);
  return text.substr(0, last == text.npos ? 0 : last + 1);
}

std::string_view without_front(std::string_view text, std::string_view characters) {
  return text.substr(std::min(text.find_first_not_of(characters), text.size()));
}

// The word at the end: letters as word_length() knows them, and what joins them in a key.
std::string_view last_word(std::string_view text) {
  auto start = text.size();
  while (start > 0) {
    const auto byte = static_cast<unsigned char>(text[start - 1]);
    if (!is_letter(text[start - 1]) && byte < 0x80 && byte != '-' && byte != '_') break;
    --start;
  }
  return text.substr(start);
}

// Where a number or a word may begin.
bool is_start(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte >= 0x80) return (byte & 0xc0U) == 0xc0;
  if (!is_digit(text[at]) && !is_letter(text[at])) return false;
  if (at == 0) return true;
  const char before = text[at - 1];
  const bool is_stuck = is_digit(before) || is_letter(before) ||
                        std::string_view("._@#/-+").find(before) != std::string_view::npos;
  return !is_stuck;
}

// The part of a text around one place, between marks that end clauses or sentences.
struct Clause {
  std::string_view before;
  std::string_view behind;
  std::string_view sentence;
};

bool ends_sentence(std::string_view text, std::size_t at) {
  const bool is_stop = text[at] == '.' && (at + 1 == text.size() || text[at + 1] == ' ');
  if (!is_stop) return text.substr(at).starts_with("。");
  return !is_one_of(" ca approx min mind sec s ok resp ", last_word(text.substr(0, at)));
}

bool ends_clause(std::string_view text, std::size_t at) {
  return ends_sentence(text, at) || begins_with_any(text.substr(at), clause_ends);
}

Clause clause_around(std::string_view text, std::size_t at, std::size_t length) {
  std::size_t clause = 0;
  std::size_t sentence = 0;
  for (std::size_t i = 0; i < at; ++i) {
    if (ends_clause(text, i)) clause = i + 1;
    if (ends_sentence(text, i)) sentence = i + 1;
  }
  const auto behind = at + length;
  auto end = behind;
  while (end < text.size() && !ends_clause(text, end))
    ++end;
  auto stop = end;
  while (stop < text.size() && !ends_sentence(text, stop))
    ++stop;
  return {.before = text.substr(clause, at - clause),
          .behind = text.substr(behind, end - behind),
          .sentence = text.substr(sentence, stop - sentence)};
}

// What is left of `before` without the words that say nothing about the number.
std::string_view without_fillers(std::string_view before) {
  constexpr std::string_view marks = " ~:\"'*";
  before = without_end(before, marks);
  for (auto word = last_word(before); !word.empty() && is_one_of(fillers, word);
       word = last_word(before)) {
    if (is_one_of(links, word)) break;
    before = without_end(before.substr(0, before.size() - word.size()), marks);
  }
  return before;
}

// "20 messages in", "300 in": a rate.
bool is_count(std::string_view before_link) {
  before_link = without_end(before_link, " ");
  if (before_link.empty()) return false;
  if (is_digit(before_link.back())) return true;
  const auto noun = last_word(before_link);
  const auto rest = without_end(before_link.substr(0, before_link.size() - noun.size()), " ");
  if (noun.empty() || has_any(noun, put_off)) return false;
  return !rest.empty() && is_digit(rest.back());
}

// "retry=" and the like; the number may be bare.
bool has_key(std::string_view before) {
  const auto key = without_end(before, " =:");
  if (key.size() == before.size()) return false;
  const bool has_sign = before.substr(key.size()).find_first_of("=:") != before.npos;
  return has_sign && is_one_of(keys, last_word(key));
}

bool is_said_behind(const Clause& clause) {
  const auto behind = without_front(clause.behind, " ");
  if (begins_with_any(behind, leftovers)) {
    return has_any(clause.sentence, put_off) || has_any(clause.sentence, again);
  }
  const bool comes_after = begins_with_any(behind, afterwards);
  return comes_after && (has_any(behind, again) || has_any(clause.before, again));
}

bool is_said_before(const Clause& clause) {
  const auto before = without_fillers(clause.before);
  if (ends_with_any(before, waits_joined)) return true;
  const auto word = last_word(before);
  if (is_one_of(waits, word)) return true;
  const auto rest = before.substr(0, before.size() - word.size());
  if (is_one_of(durations, word))
    return !is_count(rest) && (has_any(rest, put_off) || has_any(clause.behind, put_off));
  if (!is_one_of(links, word) || is_count(rest)) return false;
  return has_any(rest, again) || has_any(clause.behind, again) || has_any(rest, waits_joined);
}

bool is_wait(const Clause& clause) {
  if (has_any(clause.sentence, other_times)) return false;
  return is_said_before(clause) || is_said_behind(clause);
}

// "later: Fri, 02 Aug 2024", "until 2024-08-02": a date next to a word that points at it.
bool points_at_date(std::string_view before) {
  constexpr std::string_view pointers =
      " again later retry back until till after at on before from bis nach ab am um après jusqu'au "
      "après le hasta después tras fino dopo após depois até tot na po do после до retry-after ";
  const auto trimmed = without_end(before, " :=(<[\"'-,");
  const auto word = last_word(trimmed);
  if (!is_one_of(pointers, word)) return false;
  return has_any(trimmed, again) || has_any(trimmed, put_off);
}

std::optional<StatedWait> wait_at(std::string_view text, std::size_t at, Instant heard) {
  const auto rest = text.substr(at);
  if (const auto instant = instant_at(rest)) {
    if (!points_at_date(text.substr(0, at))) return std::nullopt;
    const auto wait = std::chrono::ceil<seconds>(*instant - heard);
    return StatedWait{.wait = std::max<Duration>(wait, seconds(0)), .is_absolute = true};
  }
  const auto amount = amount_at(rest);
  const auto number = amount ? amount : bare_number_at(rest);
  if (!number) return std::nullopt;
  const auto clause = clause_around(text, at, number->length);
  const bool is_stated = has_key(clause.before) || (amount && is_wait(clause));
  if (!is_stated) return std::nullopt;
  return StatedWait{.wait = seconds(number->seconds)};
}

}  // namespace

std::optional<StatedWait> stated_wait(const std::vector<std::string>& lines, Instant heard) {
  const mail::ReplyWords reply(lines);
  return stated_wait_in(lower_text(reply.words()), heard);
}

std::optional<StatedWait> stated_wait_in(std::string_view text, Instant heard) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_start(text, at)) continue;
    if (const auto wait = wait_at(text, at, heard)) return wait;
  }
  return std::nullopt;
}

}  // namespace greyhound::scheduler
