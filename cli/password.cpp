#include <istream>
#include <optional>
#include <ostream>
#include <string>
#include <utility>

#include "agent/password_line.hpp"
#include "cli/commands.hpp"
#include "cli/exit_codes.hpp"
#include "cli/hidden_line.hpp"

namespace greyhound::cli {
namespace {

constexpr std::size_t max_input_bytes = 64 << 10;  // far beyond any password that is taken

// All there is, as a second line is no password's: a bounded piece of it.
std::optional<std::string> read_piped(std::istream& in) {
  std::string text(max_input_bytes, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return std::nullopt;
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

int complain(const std::string& what, int code, Console& console) {
  console.err << "greyhound: " << what << '\n';
  return code;
}

}  // namespace

int password(const PasswordOptions& options, Console& console) {
  if (const auto what = agent::complaint_about_user(options.user); !what.empty()) {
    return complain(what, exit_wrong_usage, console);
  }
  const bool is_typed = asks_a_person(console);
  auto given = is_typed ? read_hidden_line("Password: ", console) : read_piped(console.in);
  if (!given) return complain("no password could be read", exit_io_error, console);
  if (const auto what = agent::complaint_about_password(*given); !what.empty()) {
    return complain(what, exit_wrong_usage, console);
  }
  if (is_typed) {
    const auto again = read_hidden_line("The same again: ", console);
    if (!again) return complain("no password could be read", exit_io_error, console);
    if (*again != *given) {
      return complain("the two passwords differ; try once more", exit_wrong_usage, console);
    }
  }
  const agent::NewUser user{.name = options.user,
                            .password = mail::Password(std::move(*given)),
                            .iterations = options.iterations};
  console.out << agent::password_line(user) << '\n' << std::flush;
  if (!console.out.good()) return complain("the line cannot be written", exit_io_error, console);
  return exit_done;
}

}  // namespace greyhound::cli
