#include "scheduler/greylist/stated_wait.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "scheduler/greylist/date_text.hpp"
#include "scheduler/greylist/time_words.hpp"
#include "scheduler/greylist/word_lists.hpp"

namespace greyhound::scheduler {
namespace {

using std::chrono::seconds;

PartIndex parts(std::string_view list) {
  return PartIndex(pieces_of(list, '|'));
}
WordIndex words(std::string_view list) {
  return WordIndex(pieces_of(list, ' '));
}

// Words, or parts of words, in lower case.
struct Lists {
  // To try again, and to be taken then.
  PartIndex again = parts(
      "try|retr|again|back|resend|re-send|send |submit|attempt|accept|allow|pass |reset|"
      "return|repeat|available|later|erneut|versuch|wieder|nochmal|senden|noch einmal|"
      "später|essay|tentative|tenter|renvoy|réitér|plus tard|intent|intént|reenv|vuelva|"
      "prueb|riprov|ritent|reinvi|provare|tente|tentar|novamente|probeer|opnieuw|spróbuj|"
      "ponów|ponow|ponawi|повтор|попроб|попыт|ещё раз|снова|спроб|försök|prøv|forsøg|"
      "yritä|uudelleen|zkuste|skúste|próbál|tekrar|dene|încerc|再|重|试|試|尝试|送|寄|시도|보내|"
      "δοκιμ|προσπαθ|发|redeliver|re-deliver|renouvel|nouvel "
      "essai|igen|igjen|znovu|znova|ponovn|pokuša|"
      "poskus|поново|покуша|опита|отново|uuesti|mēģin|bandyk|torneu|incerc|újra|lagi|coba|thử lại|"
      "gửi lại|محاول|حاول|إعادة|تلاش|دوباره|נסו|נסה|לנסות|שוב|ลองใหม่|ลองอีก|प्रयास|कोशिश|"
      "angenommen|akzeptiert|zugestellt|accepté|aceptad|aceptar|accettat|aceit|принят|接受|受け");

  // To be put off.
  PartIndex put_off = parts(
      "warten|greylist|graylist|grey list|gray list|grey-list|gray-list|delay|defer|wait|"
      "embargo|block|suspend|banned|reject|refus|denied|postpone|limited|throttl|grauliste|"
      "zurückgestellt|abgewiesen|abgelehnt|gesperrt|liste grise|différ|retard|bloqu|"
      "lista gris|lista grigia|ritardat|lista cinz|adiad|grijze|uitgesteld|vertraagd|szar|"
      "opóźnion|серы|отложен|задерж|灰|グレ|그레이|bekle|お待ち|待って|기다");

  PartIndex greylisting = parts(
      "greylist|graylist|grey list|gray list|grey-list|gray-list|grauliste|liste grise|lista gris|"
      "lista grigia|lista cinz|grijze|серы|灰名单|グレイリスト");

  // What has a length too, but is no wait.
  PartIndex other_times = parts(
      "timeout|timed out|time-out|time out|idle|inactiv|expire|lifetime|valid for|"
      "whitelist|remember|cached| ttl|dns|lookup|resolv");

  // Words that stand between the link and the number.
  WordIndex fillers = words(
      " about approximately approx around circa ca at least minimum minimal minimally mind the "
      "next "
      "more further roughly some only another additional exactly up no less sooner than earlier "
      "time "
      "period of is be to a an not etwa ungefähr mindestens rund noch weitere weiteren ungefaehr "
      "environ au moins encore unos aproximadamente al menos otros almeno altri pelo mais cerca de "
      "ongeveer minstens minimaal nog około co najmniej jeszcze примерно около не менее чем ещё "
      "еще "
      "минимум через minst frühestens fruehestens allerfrühestens au-delà ");

  WordIndex links = words(
      " in after between until nach dans ici bout après apres en tras dentro fra tra dopo em após "
      "apos "
      "daqui "
      "over na za po om efter через після після за după peste σε μετά aquí o след pēc sau dalam "
      "setelah selepas بعد خلال از בעוד תוך אחרי לאחר ");

  WordIndex durations = words(" for für fuer pendant durante por voor przez gedurende på ");

  // Words that say themselves that what follows is the wait.
  WordIndex waits = words(
      " wait waiting delay delayed interval remaining left retry greylisted graylisted greylisting "
      "graylisting warten sie wartezeit verbleibend attendre attendez patienter patientez délai "
      "espere esperar attendere attendi attenda aguarde aguardar wacht wachten wachttijd czekaj "
      "odczekaj poczekaj zaczekaj подождите ждать подождать осталось ожидание задержка "
      "verbleiben reste restant quedan restano faltam pozostało espera attente attesa vänta vent  "
      "greylist graylist odota odottakaa počkejte počkajte počakajte pričekajte sačekajte "
      "așteptați aşteptaţi asteptati várjon περιμένετε αναμείνατε изчакайте зачекайте почекайте "
      "chờ đợi tunggu انتظر انتظار המתן המתינו");

  // Behind the number.
  PartIndex afterwards = parts(
      "later|from "
      "now|hence|后|後|之后|之後|以后|以後|のち|経過|経って|以上|후|뒤|sonra|kuluttua|päästä|múlva|"
      "спустя|pärast|बाद|में|ข้างหน้า");
  PartIndex leftovers = parts(
      "left|remaining|to go|to wait|remain|verbleib|übrig|restant|rimanent|rimast|"
      "resterend|pozosta|осталось|kvar|残|warten|wachten|bekle|お待ち|待って|기다|동안 기다|동안 "
      "대기");
  PartIndex waits_joined = parts("等|等待|等候|稍等|剩余|剩餘|还剩|あと|残り|稍候|稍后|稍後");

  // Keys of key=value, the value perhaps a bare number of seconds.
  WordIndex keys = words(
      " retry retry-after retry_after retryafter delay wait retry_in retry-in retryin wait_time");

  // "later: Fri, 02 Aug 2024", "until 2024-08-02": words that point at a date.
  WordIndex pointers = words(
      " again later retry back until till after at on before from bis nach ab am um après jusqu'au "
      "après le hasta después tras fino dopo após depois até tot na po do после до retry-after ");

  // What links where nothing stands between words.
  PartIndex links_joined = parts("ใน|อีก|หลังจาก");

  // Before a time of day.
  WordIndex clock_words =
      words("at until till since um bis seit à jusqu'à depuis hasta desde alle às om tot в до с");

  // A stop behind these ends no sentence.
  WordIndex abbreviations = words("ca approx min mind sec s ok resp");
  // What ends a clause as those of ASCII do.
  PartIndex wide_marks = parts("，|；|！|？|（|）");
};

const Lists& lists() {
  static const Lists made;
  return made;
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
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

// Whether what follows is no word or number of its own.
bool sticks(char before) {
  switch (before) {
    case '.':
    case '_':
    case '@':
    case '#':
    case '/':
    case '-':
    case '+':
      return true;
    default:
      return is_digit(before) || is_letter(before);
  }
}

// Where a number or a word may begin.
bool is_start(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  if (byte >= 0x80) return (byte & 0xc0U) == 0xc0;
  if (!is_digit(text[at]) && !is_letter(text[at])) return false;
  if (at == 0) return true;
  return !sticks(text[at - 1]);
}

// The part of a text around one place, between marks that end clauses or sentences.
struct Clause {
  std::string_view before;
  std::string_view behind;
  std::string_view sentence;
  bool is_bracketed;
};

enum class Mark : std::uint8_t { none, ends_clause, ends_sentence };

// What stands at `at`. Nearly every byte is that of a word, which the first look tells.
Mark mark_at(std::string_view text, std::size_t at) {
  const auto rest = text.substr(at);
  switch (rest.front()) {
    case ',':
    case ';':
    case '!':
    case '?':
    case '(':
    case ')':
    case '[':
    case ']':
      return Mark::ends_clause;
    case ' ':
      return rest.starts_with(" - ") ? Mark::ends_clause : Mark::none;
    case '.': {
      const bool is_stop = rest.size() == 1 || rest[1] == ' ';
      const bool ends = is_stop && !lists().abbreviations.has(last_word(text.substr(0, at)));
      return ends ? Mark::ends_sentence : Mark::none;
    }
    case '\xe3':  // of U+3000 and what follows
      if (rest.starts_with("。")) return Mark::ends_sentence;
      return rest.starts_with("、") ? Mark::ends_clause : Mark::none;
    case '\xef':  // of U+F000 and what follows
      return lists().wide_marks.is_at_front_of(rest) ? Mark::ends_clause : Mark::none;
    default:
      return Mark::none;
  }
}

Clause clause_around(std::string_view text, std::size_t at, std::size_t length) {
  auto clause = at;
  while (clause > 0 && mark_at(text, clause - 1) == Mark::none)
    --clause;
  auto sentence = clause;
  while (sentence > 0 && mark_at(text, sentence - 1) != Mark::ends_sentence)
    --sentence;
  const auto behind = at + length;
  auto end = behind;
  while (end < text.size() && mark_at(text, end) == Mark::none)
    ++end;
  auto stop = end;
  while (stop < text.size() && mark_at(text, stop) != Mark::ends_sentence)
    ++stop;
  return {
      .before = text.substr(clause, at - clause),
      .behind = text.substr(behind, end - behind),
      .sentence = text.substr(sentence, stop - sentence),
      .is_bracketed = clause > 0 && text[clause - 1] == '(' && text.substr(end).starts_with(')')};
}

// What is left of `before` without the words that say nothing about the number.
std::string_view without_fillers(std::string_view before) {
  constexpr std::string_view marks = " ~:\"'*";
  before = without_end(before, marks);
  for (auto word = last_word(before); !word.empty() && lists().fillers.has(word);
       word = last_word(before)) {
    if (lists().links.has(word)) break;
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
  if (noun.empty() || lists().put_off.is_in(noun)) return false;
  return !rest.empty() && is_digit(rest.back());
}

// "retry=" and the like; the number may be bare.
bool has_key(std::string_view before) {
  const auto key = without_end(before, " =:");
  if (key.size() == before.size()) return false;
  const bool has_sign = before.substr(key.size()).find_first_of("=:") != before.npos;
  return has_sign && lists().keys.has(last_word(key));
}

bool is_said_behind(const Clause& clause) {
  const auto behind = without_front(clause.behind, " ");
  if (lists().leftovers.is_at_front_of(behind)) {
    return lists().put_off.is_in(clause.sentence) || lists().again.is_in(clause.sentence);
  }
  const bool comes_after = lists().afterwards.is_at_front_of(behind);
  return comes_after && (lists().again.is_in(behind) || lists().again.is_in(clause.before));
}

bool is_said_before(const Clause& clause) {
  const auto before = without_fillers(clause.before);
  if (lists().waits_joined.is_at_end_of(before)) return true;
  const auto word = last_word(before);
  if (lists().waits.has(word)) return true;
  if (lists().links_joined.is_at_end_of(before)) return lists().again.is_in(before);
  const auto rest = before.substr(0, before.size() - word.size());
  if (lists().durations.has(word))
    return !is_count(rest) && (lists().put_off.is_in(rest) || lists().put_off.is_in(clause.behind));
  if (!lists().links.has(word) || is_count(rest)) return false;
  return lists().again.is_in(rest) || lists().again.is_in(clause.behind) ||
         lists().waits_joined.is_in(rest);
}

// "greylisted (300 seconds)": nothing else between the brackets.
bool is_said_aside(const Clause& clause) {
  return clause.is_bracketed && clause.before.empty() && clause.behind.empty() &&
         lists().greylisting.is_in(clause.sentence);
}

bool is_wait(const Clause& clause) {
  if (lists().other_times.is_in(clause.sentence)) return false;
  return is_said_before(clause) || is_said_behind(clause) || is_said_aside(clause);
}

// "later: Fri, 02 Aug 2024", "until 2024-08-02": a date next to a word that points at it.
bool points_at_date(std::string_view before) {
  const auto trimmed = without_end(before, " :=(<[\"'-,");
  const auto word = last_word(trimmed);
  if (!lists().pointers.has(word)) return false;
  return lists().again.is_in(trimmed) || lists().put_off.is_in(trimmed);
}

// "at 12:30:05": a time of day is no amount.
bool is_behind_clock_word(std::string_view before) {
  return lists().clock_words.has(last_word(without_end(before, " ")));
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
  const bool is_clock = rest.substr(0, number->length).find(':') != rest.npos;
  if (is_clock && is_behind_clock_word(text.substr(0, at))) return std::nullopt;
  const auto clause = clause_around(text, at, number->length);
  const bool is_stated = has_key(clause.before) || (amount && is_wait(clause));
  if (!is_stated) return std::nullopt;
  return StatedWait{.wait = seconds(number->seconds)};
}

}  // namespace

std::optional<StatedWait> stated_wait(const mail::ReplyWords& reply, Instant heard) {
  const auto text = reply.words();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!is_start(text, at)) continue;
    if (const auto wait = wait_at(text, at, heard)) return wait;
    // No word begins within another.
    if (const auto length = word_length(text.substr(at)); length > 0) at += length - 1;
  }
  return std::nullopt;
}

}  // namespace greyhound::scheduler
