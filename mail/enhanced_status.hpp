// Enhanced status code of a reply, such as 4.7.1.
// Source:  RFC 3463 section 2, RFC 2034 section 4.
// Errors:  parse() gives nullopt; an object is always well formed.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace greyhound::mail {

class EnhancedStatus {
 public:
  enum class Class : std::uint8_t {  // persisted: never renumber
    success = 2,
    transient = 4,
    permanent = 5,
  };

  constexpr EnhancedStatus(Class status_class, std::uint16_t subject, std::uint16_t detail)
      : class_(status_class), subject_(subject), detail_(detail) {}

  // Exactly "d.d.d", no leading zeros, subject and detail at most 999.
  static std::optional<EnhancedStatus> parse(std::string_view text);

  constexpr Class status_class() const { return class_; }
  constexpr std::uint16_t subject() const { return subject_; }
  constexpr std::uint16_t detail() const { return detail_; }
  std::string to_string() const;
  EnhancedStatus with_class(Class status_class) const { return {status_class, subject_, detail_}; }

  friend constexpr auto operator<=>(const EnhancedStatus&, const EnhancedStatus&) = default;

 private:
  Class class_;
  std::uint16_t subject_;
  std::uint16_t detail_;
};

}  // namespace greyhound::mail
