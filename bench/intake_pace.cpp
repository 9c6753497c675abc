#include "bench/intake_pace.hpp"

#include <algorithm>
#include <numeric>
#include <vector>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "bench/callers.hpp"
#include "bench/holding_agent.hpp"
#include "bench/intake_load.hpp"
#include "bench/intake_sink.hpp"
#include "bench/progress.hpp"

namespace greyhound::bench {
namespace {

constexpr std::size_t sessions = 20;
constexpr std::size_t block_bytes = 4096;
constexpr std::size_t synced_writes = 300;  // before each repetition and after the last

// A file whose blocks are there before its bytes, as those of a good log are.
class SyncedFile {
 public:
  explicit SyncedFile(const std::filesystem::path& file, std::uint64_t size_bytes)
      : descriptor_(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {
    const bool is_there = descriptor_ >= 0 &&
                          ::posix_fallocate(descriptor_, 0, static_cast<off_t>(size_bytes)) == 0 &&
                          ::fsync(descriptor_) == 0;
    if (!is_there) give_up("cannot allocate " + file.string());
  }
  SyncedFile(const SyncedFile&) = delete;
  SyncedFile& operator=(const SyncedFile&) = delete;
  ~SyncedFile() { ::close(descriptor_); }

  double append_ms() {
    const auto start = steady_now();
    const auto count = ::write(descriptor_, block_.data(), block_.size());
    if (count != static_cast<ssize_t>(block_.size()) || ::fdatasync(descriptor_) != 0) {
      give_up("a synced write failed");
    }
    return seconds_since(start) * 1000;
  }

 private:
  int descriptor_;
  const std::string block_ = std::string(block_bytes, 'q');
};

struct Paced {
  std::vector<double> dot_p50_ms;  // one a repetition
  std::vector<double> dot_p99_ms;
  std::vector<double> due_p99_ms;
  std::vector<double> pair_p99_ms;  // of the source and a sink that keeps nothing
  std::vector<double> write_ms;     // one a write
};

void sort(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
}

Paced run(const PacePlan& plan, const std::filesystem::path& scratch) {
  const ScratchFolder folder(scratch / "pace", false);
  Paced paced;
  SyncedFile file(folder.path() / "writes", (plan.repetitions + 1) * synced_writes * block_bytes);
  const auto write_some = [&paced, &file] {
    for (std::size_t i = 0; i < synced_writes; ++i)
      paced.write_ms.push_back(file.append_ms());
  };
  const LoadShape warming{.sessions = sessions, .messages = 2 * sessions, .is_pipelined = true};
  LoadShape shape = warming;
  shape.messages =
      std::max(static_cast<std::uint64_t>(plan.per_s * plan.paced_s), warming.messages);
  shape.per_s = plan.per_s;
  for (std::size_t i = 0; i < plan.repetitions; ++i) {
    write_some();
    HoldingAgent agent(scratch / "paced");
    run_load(agent.intake(), warming);
    const auto load = run_load(agent.intake(), shape);
    agent.kill_and_expect(warming.messages + shape.messages);
    paced.dot_p50_ms.push_back(percentile(load.dot_ms, 0.5));
    paced.dot_p99_ms.push_back(percentile(load.dot_ms, 0.99));
    paced.due_p99_ms.push_back(percentile(load.due_ms, 0.99));
    const IntakeSink sink;
    run_load(sink.intake(), warming);
    paced.pair_p99_ms.push_back(percentile(run_load(sink.intake(), shape).dot_ms, 0.99));
  }
  write_some();
  for (auto* values : {&paced.dot_p50_ms,
                       &paced.dot_p99_ms,
                       &paced.due_p99_ms,
                       &paced.pair_p99_ms,
                       &paced.write_ms})
    sort(*values);
  return paced;
}

}  // namespace

void measure_pace(const PacePlan& plan, const std::filesystem::path& scratch, FigureSheet& sheet) {
  say(fmt::format("{:.0f} messages a second over {} sessions", plan.per_s, sessions));
  const auto paced = run(plan, scratch);
  const auto scale = fmt::format(
      "{} sessions, {:.0f}/s: half the highest rate; 4 KiB, pipelined", sessions, plan.per_s);
  const auto dot_ms = percentile(paced.dot_p99_ms, 0.5);
  const auto write_ms = percentile(paced.write_ms, 0.5);
  const auto mean_ms = std::accumulate(paced.write_ms.begin(), paced.write_ms.end(), 0.0) /
                       static_cast<double>(paced.write_ms.size());
  sheet.add({"dot_to_250_p50_ms", percentile(paced.dot_p50_ms, 0.5), "ms", scale});
  sheet.add({"dot_to_250_p99_ms", dot_ms, "ms", scale});
  sheet.add({"due_to_250_p99_ms",
             percentile(paced.due_p99_ms, 0.5),
             "ms",
             scale + "; from when a message was due, with its commands"});
  sheet.add({"pair_dot_to_250_p99_ms",
             percentile(paced.pair_p99_ms, 0.5),
             "ms",
             scale + "; source to sink alone"});
  sheet.add({"synced_write_ms",
             write_ms,
             "ms",
             fmt::format("median of {}: 4 KiB and fdatasync, preallocated; mean {:.3f}, p99 {:.3f}",
                         paced.write_ms.size(),
                         mean_ms,
                         percentile(paced.write_ms, 0.99))});
  sheet.add({"dot_to_250_p99_in_synced_writes",
             dot_ms / write_ms,
             "ratio",
             fmt::format("{:.3f} ms to {:.3f} ms", dot_ms, write_ms),
             below(3)});
}

}  // namespace greyhound::bench
