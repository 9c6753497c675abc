#include "e2e/receiver_process.hpp"

#include <array>
#include <utility>

namespace greyhound::e2e {
namespace {

constexpr Duration patience = std::chrono::seconds(20);
constexpr std::string_view listening = "listening ";

}  // namespace

ReceiverProcess::ReceiverProcess(std::vector<std::string> options) : options_(std::move(options)) {}

bool ReceiverProcess::start() {
  const auto journal = folder_.path() / "journal";
  Command command{.arguments = {GREYHOUND_RECEIVER, "--log", journal.string(), "--log-bytes"}};
  command.arguments.insert(command.arguments.end(), options_.begin(), options_.end());
  process_ = std::make_unique<ChildProcess>(command);
  const auto line = process_->wait_for_line(
      [](const std::string& text) { return text.starts_with(listening); }, patience);
  if (!line) return false;
  const auto bound = Endpoint::parse(line->substr(listening.size()), 25);
  if (!bound) return false;
  endpoint_ = *bound;
  journal_.open(journal, std::ios::binary);
  return journal_.is_open();
}

std::vector<std::string> ReceiverProcess::new_lines() {
  std::array<char, 65536> bytes{};
  journal_.clear();  // of the end of the file, which has moved
  std::vector<std::string> lines;
  do {
    journal_.read(bytes.data(), bytes.size());
    std::string_view got(bytes.data(), static_cast<std::size_t>(journal_.gcount()));
    for (auto end = got.find('\n'); end != std::string_view::npos; end = got.find('\n')) {
      partial_ += got.substr(0, end);
      lines.push_back(std::exchange(partial_, {}));
      got.remove_prefix(end + 1);
    }
    partial_ += got;
  } while (journal_);
  return lines;
}

}  // namespace greyhound::e2e
