#include "scheduler/greylist/stated_wait.hpp"

#include <random>

#include <gtest/gtest.h>

#include "scheduler/greylist/time_words.hpp"

namespace greyhound::scheduler {
namespace {

using std::chrono::seconds;

// 2024-08-02 12:00:00 UTC
constexpr Instant heard{seconds(1'722'600'000)};

std::optional<std::int64_t> seconds_in(const std::string& text) {
  const auto found = stated_wait(mail::ReplyWords({text}), heard);
  if (!found) return std::nullopt;
  return std::chrono::ceil<seconds>(found->wait).count();
}

struct Sample {
  const char* text;
  std::optional<std::int64_t> seconds;
};

constexpr std::nullopt_t none = std::nullopt;

TEST(StatedWait, IsReadInItsManyForms) {
  const std::vector<Sample> samples{
      {"Greylisted, try again in 5 min", 300},
      {"You have been greylisted. Please wait 5 minutes before trying again.", 300},
      {"Greylisted, please retry after 5 minutes but within 4 hours", 300},
      {"Please try again between 5 minutes and 4 hours from now", 300},
      {"Greylisted (240 seconds remaining)", 240},
      {"greylisting is active (217s left)", 217},
      {"Greylisted. Retry in 5m30s", 330},
      {"Please resend in 1 hour and 30 minutes", 5400},
      {"Please resend in 2 hour(s) 10 minute(s)", 7800},
      {"Greylisted, please try again in an hour", 3600},
      {"Greylisted, please retry in half an hour", 1800},
      {"Greylisted; Retry-After=300", 300},
      {"Greylisted. retry=00:05:00", 300},
      {"Deferred, retry=PT5M", 300},
      {"Greylisting in action, please come back in 00:04:59", 299},
      {"Greylisted, please come back in 4:59", 299},
      {"Temporarily rejected, please try again in approximately 10 minutes", 600},
      {"Greylisted, please try again in 1.5 minutes", 90},
      {"Greylisted, try again in 1,800 seconds", 1800},
      {"Greylisted, try again in 0.2 seconds", 1},
      {"Greylisting delay: 300 seconds", 300},
      {"Deferred by greylisting (5 min), please come back", 300},
      {"Greylisted, please try again 274 seconds later", 274},
      {"After 5 minutes please retry", 300},
      {"Greylisted for 0 seconds", 0},
      {"Rate limit of 20 messages per 10 minutes exceeded, retry in 10 minutes", 600},
      {"Greylisted, try again in 99999999 seconds", 99999999},
  };

  for (const auto& sample : samples)
    EXPECT_EQ(seconds_in(sample.text), sample.seconds) << sample.text;
}

TEST(StatedWait, IsReadInTheLanguagesOfServers) {
  const std::vector<Sample> samples{
      {"Bitte in fünf Minuten erneut versuchen", 300},
      {"Sie wurden für 10 Minuten auf die Grauliste gesetzt", 600},
      {"Noch 2 Minuten warten", 120},
      {"Liste grise : veuillez réessayer dans 5 minutes", 300},
      {"Veuillez patienter 5 minutes avant de réessayer", 300},
      {"Lista gris: reintente en 5 minutos", 300},
      {"Lista grigia attiva, riprovare tra 5 minuti", 300},
      {"Tente novamente daqui a 10 minutos", 600},
      {"Probeer het over 5 minuten opnieuw", 300},
      {"Spróbuj ponownie po 10 minutach", 600},
      {"Включены серые списки, ПОВТОРИТЕ попытку через 5 минут", 300},
      {"Попробуйте через полчаса", 1800},
      {"您已被列入灰名单，请两分钟后重试", 120},
      {"請在10分鐘後再試", 600},
      {"グレイリスト中です。5分後に再送してください", 300},
      {"5분 후에 다시 시도하십시오", 300},
      {"Gri liste: 5 dakika sonra tekrar deneyin", 300},
      {"Grålistad, försök igen om 5 minuter", 300},
  };

  for (const auto& sample : samples)
    EXPECT_EQ(seconds_in(sample.text), sample.seconds) << sample.text;
}

TEST(StatedWait, IsReadInTheLanguagesOfFewerServers) {
  const std::vector<Sample> samples{
      {"تم تأجيل الرسالة، أعد المحاولة بعد 10 دقائق", 600},
      {"يرجى إعادة الإرسال بعد ساعة", 3600},
      {"لطفا بعد از 5 دقیقه دوباره تلاش کنید", 300},
      {"נסה לשלוח שוב בעוד 15 דקות", 900},
      {"Vui lòng thử lại sau 5 phút", 300},
      {"Silakan coba lagi dalam 10 menit", 600},
      {"Skúste to znova o 5 minút", 300},
      {"Zkuste to znovu za 5 minut", 300},
      {"Pokušajte ponovno za 10 minuta", 600},
      {"Опитайте отново след 5 минути", 300},
      {"Спробуйте ще раз через 10 хвилин", 600},
      {"Prøv igjen om 5 minutter", 300},
      {"Încercați din nou peste 5 minute", 300},
      {"Δοκιμάστε ξανά σε 5 λεπτά", 300},
      {"Próbálja újra 5 perc múlva", 300},
      {"กรุณาลองใหม่ใน 5 นาที", 300},
      {"कृपया 5 मिनट बाद पुनः प्रयास करें", 300},
      {"Odottakaa 5 minuuttia", 300},
      {"Várjon 5 percet", 300},
      {"Počkejte 10 minut", 600},
      {"Lütfen 5 dakika bekleyin", 300},
      {"Περιμένετε 5 λεπτά", 300},
      {"10分間お待ちください", 600},
      {"5분 동안 기다려 주십시오", 300},
      {"請稍候五分鐘再試", 300},
  };

  for (const auto& sample : samples)
    EXPECT_EQ(seconds_in(sample.text), sample.seconds) << sample.text;
}

TEST(StatedWait, MayBePartOfAnHourThatHasAName) {
  const std::vector<Sample> samples{
      {"Please try again in a quarter of an hour", 900},
      {"Please retry in an hour and a half", 5400},
      {"Bitte in einer Viertelstunde erneut versuchen", 900},
      {"Bitte versuchen Sie es in anderthalb Stunden wieder", 5400},
      {"Nouvel essai dans un quart d'heure", 900},
      {"Merci de renouveler l'envoi dans un quart d\u2019heure", 900},
      {"Vuelva a intentarlo en media hora", 1800},
      {"Inténtelo de nuevo en un cuarto de hora", 900},
      {"Riprovare tra un'ora", 3600},
      {"Tente novamente daqui a um quarto de hora", 900},
      {"Probeer het over een kwartier opnieuw", 900},
      {"Spróbuj ponownie za pół godziny", 1800},
      {"Попробуйте снова через четверть часа", 900},
      {"Спробуйте через півгодини", 1800},
      {"Försök igen om en kvart", 900},
      {"Zkuste to znovu za hodinu", 3600},
      {"נסו שוב בעוד חצי שעה", 1800},
      {"Please try again in five (5) minutes", 300},
  };

  for (const auto& sample : samples)
    EXPECT_EQ(seconds_in(sample.text), sample.seconds) << sample.text;
}

TEST(StatedWait, IsNoOtherNumber) {
  const std::vector<Sample> samples{
      {"Too many messages: 300 in 60 seconds, try again later", none},
      {"Слишком много писем: 20 за час, повторите позже", none},
      {"Limit of 30 mensajes en media hora, intente más tarde", none},
      {"Retries remaining=3, try again later", none},
      {"Message size limit exceeded (5 min)", none},
      {"Greylisted (entry 5 hours old)", none},
      {"Greylisted at 12:30:05", none},
      {"Greylisted until 12:30", none},
      {"max 10 connections in 5 minutes allowed, retry later", none},
      {"You have sent 100 messages in the last 60 minutes, try again later", none},
      {"Message rate limit exceeded (500 per hour)", none},
      {"Connection timed out after 300 seconds", none},
      {"DNS lookup of example.com timed out, retry in 60 s", none},
      {"Greylisted. Please retry within 4 hours", none},
      {"Greylisted. Your server should retry for at least 5 days", none},
      {"Greylisted; entries are whitelisted for 36 days", none},
      {"Entry expires in 36 days", none},
      {"Temporary failure [id 300s-abc] try again later", none},
      {"Try again later, port 25", none},
      {"Try again later; retry 3 of 5", none},
      {"Please try again later. See http://example.org/wait?in=5m", none},
      {"Try again in 10.20.30.40 seconds", none},
      {"Greylisted: unseen triplet, first seen 5 minutes ago", none},
      {"Please try again in a few minutes", none},
      {"Your message could not be delivered in 5 days", none},
      {"Greylisted, try again in 99999999999999999999 seconds", none},
      {"Greylisted, try again in 9999999999 weeks", none},
      {"", none},
  };

  for (const auto& sample : samples)
    EXPECT_EQ(seconds_in(sample.text), sample.seconds) << sample.text;
}

TEST(StatedWait, MayBeAnInstant) {
  for (const auto* text : {"Try again later: Fri, 02 Aug 2024 12:05:00 GMT",
                           "Greylisted until 2024-08-02T12:05:00Z",
                           "Greylisted until 2024-08-02 14:05 +0200",
                           "please retry after Friday, 02-Aug-24 12:05:00 GMT",
                           "retry not before Fri Aug  2 12:05:00 2024"}) {
    const auto found = stated_wait(mail::ReplyWords({text}), heard);
    ASSERT_TRUE(found) << text;
    EXPECT_EQ(*found, (StatedWait{.wait = seconds(300), .is_absolute = true})) << text;
  }
}

TEST(StatedWait, IsOverWhereItsInstantIs) {
  EXPECT_EQ(seconds_in("Greylisted until Thu, 01 Aug 2024 12:05:00 GMT"), 0);
}

TEST(StatedWait, IsNoInstantThatIsMerelyMentioned) {
  EXPECT_EQ(seconds_in("[2024-08-02T12:05:00.000Z GLXTWVLGZHZNHVXY] try again"), none);
  EXPECT_EQ(seconds_in("Greylisted until 2024-02-31T12:05:00Z"), none);
}

TEST(StatedWait, MayStandOnSeveralLines) {
  EXPECT_EQ(
      stated_wait(mail::ReplyWords({"Greylisted,", "please try again in 5", "minutes"}), heard)
          ->wait,
      Duration(seconds(300)));
}

// What is written is read back, whatever it is and however it is put.
TEST(StatedWait, IsTheOneThatWasWritten) {
  std::minstd_rand chance(20240802);
  const std::vector<std::string> before{"Greylisted, please try again in ",
                                        "451 greylisted for ",
                                        "Please wait ",
                                        "Bitte versuchen Sie es in "};
  const std::vector<std::pair<std::string, std::int64_t>> units{
      {" seconds", 1}, {"s", 1}, {" min", 60}, {" hours", 3600}, {" days", 86'400}};
  for (int i = 0; i < 2000; ++i) {
    const auto count = static_cast<std::int64_t>(chance() % 30'000);
    const auto& [unit, unit_seconds] = units[chance() % units.size()];
    const auto text = before[chance() % before.size()] + std::to_string(count) + unit + ".";

    EXPECT_EQ(seconds_in(text), count * unit_seconds) << text;
  }
}

TEST(StatedWait, IsNeverNegativeNorBeyondACenturyWhateverIsSaid) {
  std::minstd_rand chance(7);
  const std::vector<std::string> parts{"retry",
                                       " in ",
                                       " for ",
                                       "until",
                                       "=",
                                       "9",
                                       "99999999",
                                       "-5",
                                       ".",
                                       ":",
                                       "00",
                                       " s ",
                                       " days ",
                                       "PT",
                                       "H",
                                       "wait",
                                       "后",
                                       "\xff\xc3",
                                       "Mon",
                                       " Jan ",
                                       "1970-01-01T00:00",
                                       "9999-12-31T23:59:60",
                                       "Z",
                                       "+9999",
                                       "weeks",
                                       "half an hour",
                                       "e9"};
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (auto count = chance() % 12; count > 0; --count)
      text += parts[chance() % parts.size()];
    const auto found = stated_wait(mail::ReplyWords({text}), heard);
    if (!found) continue;
    EXPECT_GE(found->wait, Duration(0)) << text;
    if (!found->is_absolute) {
      EXPECT_LE(found->wait, Duration(seconds(longest_amount_seconds))) << text;
    }
  }
}

}  // namespace
}  // namespace greyhound::scheduler
