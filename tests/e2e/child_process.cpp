#include "e2e/child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/must.hpp"

namespace greyhound::e2e {
namespace {

constexpr int cannot_execute = 127;
constexpr auto pause_between_questions = std::chrono::milliseconds(10);

std::vector<char*> to_pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  pointers.reserve(strings.size() + 1);
  for (auto& text : strings)
    pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Later entries of `extra` win over the test's own environment.
std::vector<std::string> whole_environment(const std::vector<std::string>& extra) {
  std::vector<std::string> all = extra;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    all.emplace_back(*entry);
  }
  return all;
}

// Standard input as an unlinked file: no thread has to feed it.
int input_file(const std::string& bytes) {
  std::string name = "/tmp/greyhound-input-XXXXXX";
  const int descriptor = ::mkostemp(name.data(), O_CLOEXEC);
  MUST(descriptor >= 0);
  ::unlink(name.c_str());
  MUST(::write(descriptor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  ::lseek(descriptor, 0, SEEK_SET);
  return descriptor;
}

}  // namespace

ChildProcess::ChildProcess(const Command& command) {
  auto arguments = command.arguments;
  auto environment = whole_environment(command.environment);
  const auto argv = to_pointers(arguments);
  const auto envp = to_pointers(environment);
  const int input = input_file(command.input);
  std::array<int, 2> ends{};
  MUST(::pipe2(ends.data(), O_CLOEXEC) == 0);
  pid_ = ::fork();
  MUST(pid_ >= 0);
  if (pid_ == 0) {  // only async-signal-safe calls from here: other threads held locks
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::setsid();
    ::dup2(input, STDIN_FILENO);
    ::dup2(ends[1], STDOUT_FILENO);
    ::dup2(ends[1], STDERR_FILENO);
    ::execvpe(argv[0], argv.data(), envp.data());
    ::_exit(cannot_execute);
  }
  ::close(input);
  ::close(ends[1]);
  output_ = ends[0];
  reader_ = std::thread([this] { read_output(); });
}

ChildProcess::~ChildProcess() {
  kill();
  reader_.join();
  ::close(output_);
}

void ChildProcess::signal(int number) const {
  if (!exit_code_) ::kill(pid_, number);
}

std::optional<int> ChildProcess::wait(Duration limit) {
  holds_within(limit, [this] {
    int status = 0;
    if (exit_code_ || ::waitpid(pid_, &status, WNOHANG) != pid_) return exit_code_.has_value();
    exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return true;
  });
  return exit_code_;
}

int ChildProcess::kill() {
  ::kill(-pid_, SIGKILL);                  // its children, too: they hold the pipe
  if (!exit_code_) ::kill(pid_, SIGKILL);  // by itself, where it does not lead its group yet
  const auto code = wait(std::chrono::seconds(30));
  MUST(code.has_value());
  return *code;
}

std::vector<std::string> ChildProcess::lines() const {
  const std::lock_guard guard(mutex_);
  return lines_;
}

std::optional<std::string> ChildProcess::wait_for_line(
    const std::function<bool(const std::string&)>& fits, Duration limit) const {
  std::unique_lock lock(mutex_);
  std::size_t looked_at = 0;
  std::optional<std::string> found;
  changed_.wait_for(lock, limit, [&] {
    for (; looked_at < lines_.size() && !found; ++looked_at) {
      if (fits(lines_[looked_at])) found = lines_[looked_at];
    }
    return found || has_ended_;
  });
  return found;
}

bool ChildProcess::has_said_all(Duration limit) const {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, limit, [this] { return has_ended_; });
}

void ChildProcess::read_output() {
  std::array<char, 16384> bytes{};
  for (;;) {
    const auto count = ::read(output_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    take({bytes.data(), static_cast<std::size_t>(count)});
  }
  const std::lock_guard guard(mutex_);
  if (!partial_.empty()) lines_.push_back(std::exchange(partial_, {}));
  has_ended_ = true;
  changed_.notify_all();
}

void ChildProcess::take(std::string_view bytes) {
  const std::lock_guard guard(mutex_);
  partial_ += bytes;
  for (auto end = partial_.find('\n'); end != std::string::npos; end = partial_.find('\n')) {
    lines_.push_back(partial_.substr(0, end));
    partial_.erase(0, end + 1);
  }
  changed_.notify_all();
}

std::string Finished::text() const {
  std::string all;
  for (const auto& line : lines)
    all += line + '\n';
  return all;
}

Finished run_to_end(const Command& command, Duration limit) {
  ChildProcess child(command);
  auto code = child.wait(limit);
  if (!code) code = child.kill();
  child.has_said_all(std::chrono::seconds(5));
  return {*code, child.lines()};
}

bool holds_within(Duration limit, const std::function<bool()>& condition) {
  const SystemClock clock;
  const auto deadline = clock.steady() + limit;
  while (!condition()) {
    if (clock.steady() >= deadline) return false;
    std::this_thread::sleep_for(pause_between_questions);
  }
  return true;
}

}  // namespace greyhound::e2e
