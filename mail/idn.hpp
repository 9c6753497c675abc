// Internationalised domain names: U-labels to A-labels, the form in which DNS, TLS and every key of
// ours know a domain.
// Source: RFC 5890 to 5893 (IDNA2008) with the mapping of UTS 46, non-transitional, by libidn2;
//         no other file knows that library.
// Runs on: any. Pure, but for the Unicode version of the library: what is stored keeps its A-labels
//         beside it and is never converted again.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace greyhound::mail {

// Lower case. nullopt: no domain name by those rules, or the result is no host name.
std::optional<std::string> to_a_labels(std::string_view domain);

}  // namespace greyhound::mail
