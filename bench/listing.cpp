#include "bench/listing.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <string_view>
#include <vector>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench/callers.hpp"
#include "bench/proc_reading.hpp"
#include "bench/progress.hpp"

namespace greyhound::bench {
namespace {

constexpr double mib = 1 << 20;
constexpr int runs = 9;

// `greyhound queue list` with its output in a pipe; the destructor kills what still runs.
class ListCommand {
 public:
  explicit ListCommand(const AgentProcess& agent) : started_(steady_now()) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) give_up("no pipe");
    output_ = ends[0];
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    std::vector<std::string> words{
        GREYHOUND_BINARY, "queue", "list", "--config", agent.config_folder().string()};
    std::vector<char*> argv;
    argv.reserve(words.size() + 1);
    for (auto& word : words)
      argv.push_back(word.data());
    argv.push_back(nullptr);
    const int failure = ::posix_spawn(&pid_, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    if (failure != 0) give_up("greyhound queue list cannot be started");
  }
  ListCommand(const ListCommand&) = delete;
  ListCommand& operator=(const ListCommand&) = delete;
  ~ListCommand() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    ::close(output_);
  }

  // Empty: the end.
  std::string_view read() {
    const auto count = ::read(output_, bytes_.data(), bytes_.size());
    return {bytes_.data(), static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
  }
  pid_t pid() const { return pid_; }
  SteadyInstant started() const { return started_; }

 private:
  SteadyInstant started_;
  int output_ = -1;
  pid_t pid_ = -1;
  std::array<char, 65536> bytes_{};
};

}  // namespace

Listing list_all(const AgentProcess& agent, std::uint64_t expected_lines) {
  Progress progress("queue list", expected_lines);
  ListCommand command(agent);
  Listing listing{};
  std::uint64_t looked_at = 0;
  for (auto bytes = command.read(); !bytes.empty(); bytes = command.read()) {
    const auto lines = static_cast<std::uint64_t>(std::count(bytes.begin(), bytes.end(), '\n'));
    listing.lines += lines;
    progress.add(lines);
    if (listing.lines - looked_at < expected_lines / 50) continue;
    looked_at = listing.lines;
    const auto peak = peak_bytes(command.pid());
    if (!peak) continue;  // it has just ended
    listing.peak_mib = static_cast<double>(*peak) / mib;
    if (listing.lines <= expected_lines / 10) listing.early_peak_mib = listing.peak_mib;
  }
  listing.whole_s = seconds_since(command.started());
  return listing;
}

double first_page_ms(const AgentProcess& agent) {
  std::vector<double> times_ms;
  for (int i = 0; i < runs; ++i) {
    ListCommand command(agent);
    if (command.read().empty()) give_up("greyhound queue list printed nothing");
    times_ms.push_back(seconds_since(command.started()) * 1000);
  }
  std::sort(times_ms.begin(), times_ms.end());
  return times_ms[times_ms.size() / 2];
}

}  // namespace greyhound::bench
