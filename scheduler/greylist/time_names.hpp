// What people call amounts of time, in the languages that servers speak: the tables of time_words.
// Words are in lower case. The first entry that has a word decides. More than 150 lines: tables.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <utility>

namespace greyhound::scheduler::time_names {

inline constexpr std::int64_t second = 1;
inline constexpr std::int64_t minute = 60;
inline constexpr std::int64_t hour = 3600;
inline constexpr std::int64_t day = 86'400;
inline constexpr std::int64_t week = 7 * day;

struct Unit {
  std::string_view words;  // of one language or more, with a space before and behind each
  std::int64_t seconds;
};

inline constexpr auto units = std::to_array<Unit>({
    {" s sec secs second seconds sek sekunde sekunden seconde secondes seconden segundo segundos "
     "secondo secondi sekundach sekund sekunda sekundy sekundę sekunder sekunnin sekuntia sekundi "
     "sekundě "
     "sekúnd másodperc mp saniye saniyede секунд секунда секунды секунду сек с секунди secunde "
     "δευτερόλεπτα δευτερόλεπτο segons segon sekundit sekundēm sekundžių detik giây ثانية ثوان "
     "ثواني "
     "ثانیه שנייה שניה שניות ",
     second},
    {" m min mins mn minute minutes minuten minuto minutos minuti minuut minutach minut minuta "
     "minuty "
     "minutę minuter minutter minuutin minuuttia minuutti minút perc percet dakika dk минут минута "
     "минуты минуту мин хвилин хвилини хвилину минути минуте λεπτά λεπτό minuta "
     "minuti minute minúty minúta minuts minutit minūtes minūtēm minučių minutės menit minit phút "
     "دقيقة دقائق دقیقه דקה דקות ",
     minute},
    {" h hr hrs hour hours stunde stunden std heure heures hora horas ora ore uur uren godzinach "
     "godzin "
     "godzina godziny godzinę timme timmar time timer tunti tunnin tuntia hodin hodina hodinu "
     "hodiny óra saat час часа часов годин години годину ώρα ώρες sat sata sati "
     "hores tunni tundi stundas stundām valandų valandos jam giờ ساعة ساعات ساعت שעה שעות ",
     hour},
    {" d day days tag tage tagen jour jours día días dia dias giorno giorni dag dagen dager dage "
     "dzień dni день дня дней gün päivä päivän päivää den dny nap zile "
     "dies päeva dienām dienų hari ngày يوم أيام روز יום ימים ",
     day},
    {" w week weeks woche wochen semaine semaines semana semanas settimana settimane weken "
     "tydzień tygodni неделя недели недель ",
     week},
});

// Of writings without spaces; the longer first where one begins another.
inline constexpr auto joined_units = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"秒钟", second}, {"秒鐘", second}, {"秒間", second}, {"秒", second}, {"초", second},
    {"分钟", minute}, {"分鐘", minute}, {"分間", minute}, {"分", minute}, {"분", minute},
    {"个小时", hour}, {"個小時", hour}, {"小时", hour},   {"小時", hour}, {"时", hour},
    {"時間", hour},   {"시간", hour},   {"天", day},      {"日間", day},  {"일", day},
    {"วินาที", second}, {"นาที", minute},  {"ชั่วโมง", hour},  {"วัน", day},    {"सेकंड", second},
    {"सेकेंड", second},  {"मिनट", minute}, {"घंट", hour},
});

struct NumberWord {
  std::string_view words;
  double value;
};

inline constexpr auto numbers = std::to_array<NumberWord>({
    {" a an one ein eine einer einem einen un une una uno um uma een één jedną jedna jeden один "
     "одну "
     "одна ett en et yksi bir egy ",
     1},
    {" two zwei deux dos due dois duas twee dwie dwa два две två to kaksi dvě iki ", 2},
    {" three drei trois tres tre três drie trzy три kolme tři üç ", 3},
    {" four vier quatre cuatro quattro quatro cztery четыре ", 4},
    {" five fünf fuenf cinq cinco cinque vijf pięć пять fem viisi pět beş öt خمس חמש ", 5},
    {" six sechs seis sei zes sześć шесть ", 6},
    {" seven sieben sept siete sette sete zeven семь ", 7},
    {" eight acht huit ocho otto oito восемь ", 8},
    {" nine neun neuf nueve nove negen девять ", 9},
    {" ten zehn dix diez dieci dez tien dziesięć десять tio ti kymmenen deset on tíz عشر עשר ", 10},
    {" twelve zwölf douze doce dodici doze twaalf двенадцать ", 12},
    {" fifteen fünfzehn quinze quince quindici vijftien piętnaście пятнадцать femton patnáct ", 15},
    {" twenty zwanzig vingt veinte venti vinte twintig dwadzieścia двадцать tjugo dvacet ", 20},
    {" thirty dreißig dreissig trente treinta trenta trinta dertig trzydzieści тридцать ", 30},
    {" forty vierzig quarante cuarenta quaranta quarenta veertig czterdzieści сорок ", 40},
    {" sixty sechzig soixante sesenta sessanta sessenta zestig sześćdziesiąt шестьдесят ", 60},
    {" ninety neunzig noventa novanta девяносто ", 90},
});

inline constexpr auto joined_numbers = std::to_array<std::pair<std::string_view, double>>({
    {"三十", 30},
    {"二十", 20},
    {"十五", 15},
    {"十", 10},
    {"一", 1},
    {"二", 2},
    {"两", 2},
    {"兩", 2},
    {"三", 3},
    {"四", 4},
    {"五", 5},
    {"六", 6},
    {"七", 7},
    {"八", 8},
    {"九", 9},
    {"半", 0.5},
});

// Said in one go.
inline constexpr auto phrases = std::to_array<std::pair<std::string_view, std::int64_t>>({
    {"three quarters of an hour", 3 * hour / 4},
    {"einer dreiviertelstunde", 3 * hour / 4},
    {"eine dreiviertelstunde", 3 * hour / 4},
    {"trois quarts d'heure", 3 * hour / 4},
    {"trois quarts d’heure", 3 * hour / 4},
    {"tres cuartos de hora", 3 * hour / 4},
    {"tre quarti d'ora", 3 * hour / 4},
    {"drie kwartier", 3 * hour / 4},
    {"one and a half hours", hour + hour / 2},
    {"an hour and a half", hour + hour / 2},
    {"one hour and a half", hour + hour / 2},
    {"anderthalb stunden", hour + hour / 2},
    {"eineinhalb stunden", hour + hour / 2},
    {"une heure et demie", hour + hour / 2},
    {"una hora y media", hour + hour / 2},
    {"hora y media", hour + hour / 2},
    {"un'ora e mezza", hour + hour / 2},
    {"un’ora e mezza", hour + hour / 2},
    {"uma hora e meia", hour + hour / 2},
    {"anderhalf uur", hour + hour / 2},
    {"półtorej godziny", hour + hour / 2},
    {"полтора часа", hour + hour / 2},
    {"півтори години", hour + hour / 2},
    {"half an hour", hour / 2},
    {"a half hour", hour / 2},
    {"half hour", hour / 2},
    {"einer halben stunde", hour / 2},
    {"eine halbe stunde", hour / 2},
    {"une demi-heure", hour / 2},
    {"une demi heure", hour / 2},
    {"media hora", hour / 2},
    {"mezz'ora", hour / 2},
    {"mezz’ora", hour / 2},
    {"mezzora", hour / 2},
    {"meia hora", hour / 2},
    {"een half uur", hour / 2},
    {"half uur", hour / 2},
    {"pół godziny", hour / 2},
    {"полчаса", hour / 2},
    {"півгодини", hour / 2},
    {"en halvtimme", hour / 2},
    {"halvtimme", hour / 2},
    {"en halv time", hour / 2},
    {"puolen tunnin", hour / 2},
    {"půl hodiny", hour / 2},
    {"půl hodinu", hour / 2},
    {"pol hodiny", hour / 2},
    {"fél óra", hour / 2},
    {"jumătate de oră", hour / 2},
    {"yarım saat", hour / 2},
    {"μισή ώρα", hour / 2},
    {"نصف ساعة", hour / 2},
    {"نیم ساعت", hour / 2},
    {"חצי שעה", hour / 2},
    {"nửa giờ", hour / 2},
    {"setengah jam", hour / 2},
    {"a quarter of an hour", hour / 4},
    {"quarter of an hour", hour / 4},
    {"a quarter hour", hour / 4},
    {"einer viertelstunde", hour / 4},
    {"eine viertelstunde", hour / 4},
    {"viertelstunde", hour / 4},
    {"un quart d'heure", hour / 4},
    {"un quart d’heure", hour / 4},
    {"un cuarto de hora", hour / 4},
    {"un quarto d'ora", hour / 4},
    {"un quarto d’ora", hour / 4},
    {"um quarto de hora", hour / 4},
    {"een kwartier", hour / 4},
    {"kwartier", hour / 4},
    {"kwadrans", hour / 4},
    {"четверть часа", hour / 4},
    {"чверть години", hour / 4},
    {"en kvart", hour / 4},
    {"et kvarter", hour / 4},
    {"vartin", hour / 4},
    {"čtvrt hodiny", hour / 4},
    {"štvrť hodiny", hour / 4},
    {"negyed óra", hour / 4},
    {"un sfert de oră", hour / 4},
    {"çeyrek saat", hour / 4},
    {"ربع ساعة", hour / 4},
    {"רבע שעה", hour / 4},
    {"ساعتين", 2 * hour},
    {"שעתיים", 2 * hour},
    {"un'ora", hour},
    {"un’ora", hour},
    {"час", hour},
    {"ساعة", hour},
    {"שעה", hour},
    {"годину", hour},
    {"hodinu", hour},
    {"tunnin", hour},
    {"دقيقتين", 2 * minute},
    {"минуту", minute},
    {"хвилину", minute},
    {"minutę", minute},
    {"minutu", minute},
    {"minuutin", minute},
});

}  // namespace greyhound::scheduler::time_names
