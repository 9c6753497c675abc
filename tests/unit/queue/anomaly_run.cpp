#include "unit/queue/anomaly_run.hpp"

#include <array>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/must.hpp"
#include "unit/queue/fault_scenario.hpp"

extern char** environ;

namespace greyhound::queue {
namespace {

constexpr const char* plan_variable = "GREYHOUND_TEST_ANOMALY";
constexpr int report_descriptor = 3;
constexpr int patience_ms = 60'000;

std::string to_text(const AnomalyPlan& plan) {
  std::ostringstream text;
  text << static_cast<int>(plan.fault.call) << ' ' << plan.fault.number << ' '
       << plan.fault.is_no_space << ' ' << plan.fault.is_lasting << ' ' << plan.stride << ' '
       << plan.is_new_queue << ' ' << plan.folder.string();
  return text.str();
}

AnomalyPlan plan_of(const std::string& text) {
  AnomalyPlan plan{.folder = {}, .fault = {.call = world::DiskCall::append}};
  std::istringstream words(text);
  int call = 0;
  std::string folder;
  words >> call >> plan.fault.number >> plan.fault.is_no_space >> plan.fault.is_lasting >>
      plan.stride >> plan.is_new_queue >> folder;
  plan.fault.call = static_cast<world::DiskCall>(call);
  plan.folder = folder;
  return plan;
}

// A line in one piece, from whatever thread.
void tell(std::string line) {
  static std::mutex mutex;
  const std::lock_guard lock(mutex);
  line += '\n';
  for (std::string_view rest = line; !rest.empty();) {
    const auto written = ::write(report_descriptor, rest.data(), rest.size());
    if (written <= 0) ::_exit(0);  // the test is gone
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string to_text(const Trouble& trouble) {
  constexpr std::array rooms{"ample", "settlements", "none"};
  return std::string(runtime::to_string(trouble.error.fault)) + " " +
         rooms[static_cast<std::size_t>(trouble.room)] + " " + trouble.call + ": " +
         trouble.error.what;
}

// Whether anything failed.
bool run_once(const AnomalyPlan& plan) {
  namespace fs = std::filesystem;
  const auto settings = fault_settings(AnomalyRuns::queue_of(plan, plan.fault.number));
  fs::create_directories(settings.folder.parent_path());
  if (!plan.is_new_queue) fs::copy(plan.folder / "start", settings.folder);
  std::atomic<bool> has_failed = false;
  auto disk = std::make_shared<world::FaultyDisk>();
  disk->on_fault([&has_failed](const std::string& what) {
    has_failed = true;
    tell("fault " + what);
  });
  disk->fail(plan.fault);
  tell("run " + std::to_string(plan.fault.number));
  PromiseBook book;
  book.on_line(tell);
  SilentLog log;
  FaultScenario scenario(settings, disk, book, log);
  scenario.run();
  for (const auto& trouble : scenario.troubles())
    tell("trouble " + to_text(trouble));
  if (scenario.works_at_end()) tell("works");
  if (const auto& last = scenario.last_trouble()) tell("last " + to_text(*last));
  tell("end");
  return has_failed;
}

}  // namespace

bool run_anomalies_if_asked() {
  const char* text = std::getenv(plan_variable);
  if (text == nullptr) return false;
  const rlimit no_core{0, 0};
  setrlimit(RLIMIT_CORE, &no_core);
  auto plan = plan_of(text);
  while (run_once(plan))
    plan.fault.number += plan.stride;
  return true;
}

std::filesystem::path AnomalyRuns::queue_of(const AnomalyPlan& plan, std::uint64_t number) {
  return plan.folder / ("run" + std::to_string(number)) / "queue";
}

AnomalyRuns::AnomalyRuns(const AnomalyPlan& plan) : plan_(plan) {
  start();
}

AnomalyRuns::~AnomalyRuns() {
  end();
}

void AnomalyRuns::start() {
  std::array<int, 2> ends{};
  MUST(pipe2(ends.data(), O_CLOEXEC) == 0);
  pipe_ = ends[0];
  const auto variable = std::string(plan_variable) + "=" + to_text(plan_);
  std::vector<char*> environment{const_cast<char*>(variable.c_str())};
  for (char** one = environ; *one != nullptr; ++one)
    environment.push_back(*one);
  environment.push_back(nullptr);
  std::string program = "/proc/self/exe";
  std::string filter = "--gtest_filter=AnomalyChild.*";
  std::array<char*, 3> arguments{program.data(), filter.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], report_descriptor);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  MUST(posix_spawn(
           &pid_, program.c_str(), &actions, nullptr, arguments.data(), environment.data()) == 0);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  unread_.clear();
}

void AnomalyRuns::end() {
  if (pid_ <= 0) return;
  kill(pid_, SIGKILL);  // nothing to one that has ended
  waitpid(pid_, &status_, 0);
  pid_ = -1;
  ::close(pipe_);
}

std::optional<std::string> AnomalyRuns::read_line() {
  for (;;) {
    if (const auto at = unread_.find('\n'); at != std::string::npos) {
      auto line = unread_.substr(0, at);
      unread_.erase(0, at + 1);
      return line;
    }
    pollfd ready{pipe_, POLLIN, 0};
    is_hung_ = poll(&ready, 1, patience_ms) == 0;
    if (is_hung_) return std::nullopt;
    std::array<char, 65536> bytes{};
    const auto count = ::read(pipe_, bytes.data(), bytes.size());
    if (count <= 0) return std::nullopt;
    unread_.append(bytes.data(), static_cast<std::size_t>(count));
  }
}

std::unique_ptr<AnomalyRun> AnomalyRuns::next() {
  if (is_over_) return nullptr;
  if (pid_ <= 0) start();
  auto run = std::make_unique<AnomalyRun>();
  for (auto line = read_line(); line; line = read_line()) {
    const auto word = line->substr(0, line->find(' '));
    const auto rest = line->size() > word.size() ? line->substr(word.size() + 1) : "";
    if (run->book.read_line(*line)) continue;
    if (word == "run") run->number = std::stoull(rest);
    if (word == "fault") run->faults.push_back(rest);
    if (word == "trouble") run->troubles.push_back(rest);
    if (word == "works") run->works_at_end = true;
    if (word == "last") run->last_trouble = rest;
    if (word != "end") continue;
    run->end = AnomalyRun::End::whole;
    plan_.fault.number = run->number + plan_.stride;
    is_over_ = run->is_clean();
    return run;
  }
  end();
  run->end = is_hung_ ? AnomalyRun::End::hung : AnomalyRun::End::died;
  run->status = status_;
  plan_.fault.number = run->number + plan_.stride;
  return run;
}

}  // namespace greyhound::queue
