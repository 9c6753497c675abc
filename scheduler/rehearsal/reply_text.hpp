// What a greylister says, from a text that was seen: for receivers that answer in virtual time.
// Pure.
#pragma once

#include <string>

#include "mail/outcome.hpp"
#include "runtime/clock.hpp"

namespace greyhound::scheduler {

// `text` goes behind the code: "4.7.1 Try again later".
mail::Outcome replied_with(mail::Stage stage, mail::Verdict verdict, int code, std::string text);

// As the ledger writes it: "451 4.7.1 Greylisted", or "4.4.1 no answer" where no server spoke.
mail::Outcome outcome_on_record(mail::Stage stage, mail::Verdict verdict, std::string text);

// The code in front of `text`, which is cut off with it; 0: there is none.
int cut_code(std::string& text);

// "00:29:59" in a text is the time that is left: as a sample it is from another moment.
std::string with_time_left(std::string text, Duration left);

}  // namespace greyhound::scheduler
