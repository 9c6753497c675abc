#include "bench/queue_figures.hpp"

#include <fmt/format.h>

#include "bench/agent_figures.hpp"
#include "bench/callers.hpp"
#include "bench/churn.hpp"
#include "bench/listing.hpp"
#include "bench/proc_reading.hpp"
#include "bench/progress.hpp"
#include "bench/raw_database.hpp"

namespace greyhound::bench {
namespace {

class QueueFigures {
 public:
  QueueFigures(const QueueGroup& group, FigureSheet& sheet)
      : group_(group), plan_(group.plan), sheet_(sheet) {}

  void measure() {
    {
      const auto filled = fill(plan_.small_queue);
      if (is_listed_small()) measure_listed(filled);
      add_next_due(filled, "next_due_small", at_full(below(5), true));
    }
    if (!is_listed_small()) measure_listed(fill(plan_.listed_queue));
    const auto filled = fill(plan_.large_queue);
    measure_large(filled);
    add_next_due(filled, "next_due", at_full(below(5)));
    add_ratio("next_due_growth", "next_due_p99_ms", "next_due_small_p99_ms", at_full(at_most(2)));
    add_ratio("resident_growth", "resident_mib", "resident_small_mib", at_full(below(1.3)));
  }

 private:
  bool is_listed_small() const { return plan_.listed_queue.messages == plan_.small_queue.messages; }

  // A target that only full scale can tell about; `always`: a small queue can miss it as well.
  std::optional<Target> at_full(Target target, bool always = false) const {
    return plan_.is_full || always ? std::optional(target) : std::nullopt;
  }

  FilledQueue fill(const QueueShape& shape) const {
    return FilledQueue(group_.scratch, shape, group_.seed, group_.is_kept);
  }

  void add_ratio(const std::string& name,
                 const std::string& above,
                 const std::string& below_line,
                 std::optional<Target> target) {
    const auto upper = sheet_.value_of(above);
    const auto lower = sheet_.value_of(below_line);
    if (!upper || !lower) give_up(name + " lacks one of its figures");
    sheet_.add({name, *upper / *lower, "ratio", fmt::format("{} / {}", above, below_line), target});
  }

  void measure_listed(const FilledQueue& filled) {
    const auto scale = filled.shape().to_string();
    flush(filled);
    SilentReceiver receiver;
    AgentProcess agent(filled.state_dir(), receiver.port());
    agent.launch();
    agent.wait_until_ready();
    const auto idle = measure_idle(agent, {plan_.idle.settle_at_most, std::chrono::seconds(1)});
    sheet_.add({"resident_small_mib", idle.resident_mib, "MiB", scale, below(400)});
    sheet_.add({"queue_list_first_page_ms", first_page_ms(agent), "ms", scale, below(50)});
    const auto listing = list_all(agent, filled.shape().messages);
    if (listing.lines < filled.shape().messages) give_up("queue list has left out deliveries");
    sheet_.add({"queue_list_whole_s", listing.whole_s, "s", scale, at_full(below(5))});
    sheet_.add({"queue_list_peak_mib", listing.peak_mib, "MiB", scale});
    sheet_.add({"queue_list_peak_growth",
                listing.peak_mib / listing.early_peak_mib,
                "ratio",
                "from a tenth of the list to its end",
                below(1.25)});
    sheet_.add({"resident_after_list_mib", resident_mib(agent), "MiB", scale, below(400)});
    agent.stop();
    add_disk(filled, "");
  }

  void measure_large(const FilledQueue& filled) {
    const auto scale = filled.shape().to_string();
    sheet_.add({"fill_rate", filled.rate(), "1/s", scale + ", deferred from the first"});
    SilentReceiver receiver;
    AgentProcess agent(filled.state_dir(), receiver.port());
    const auto log = log_mib(filled);
    agent.launch();
    sheet_.add({"first_ready_s",
                agent.wait_until_ready(),
                "s",
                fmt::format("{}, after the filling, {:.0f} MiB of log", scale, log)});
    sheet_.add({"resident_with_log_mib",
                resident_mib(agent),
                "MiB",
                fmt::format("{}, {:.0f} MiB of log in memory", scale, log)});
    agent.stop();
    flush(filled);
    agent.launch();
    agent.wait_until_ready();
    const auto idle = measure_idle(agent, plan_.idle);
    const auto watched = fmt::format("{}, {:.0f} s", scale, seconds(plan_.idle.watched));
    sheet_.add({"idle_cpu_percent", idle.processor_percent, "%", watched, at_full(below(1))});
    sheet_.add({"resident_mib", idle.resident_mib, "MiB", scale, at_full(below(400))});
    const auto revival = measure_revival(agent, receiver, filled, plan_.burst);
    sheet_.add({"open_to_first_attempt_s",
                revival.first_attempt_s,
                "s",
                fmt::format("{}, killed at the {:.0f}th message, {:.1f} MiB of log",
                            scale,
                            revival.accepted,
                            revival.log_mib),
                at_full(below(3))});
    agent.kill();
    add_disk(filled, "large_");
  }

  // What is in the log is in memory too, however many messages there are: memory is compared
  // without it.
  static void flush(const FilledQueue& filled) {
    RawDatabase(filled.settings(), queue::OpenMode::read_write).flush();
  }

  // The agent has ended. The log and what the store keeps in reserve do not grow with the queue.
  void add_disk(const FilledQueue& filled, const std::string& prefix) {
    flush(filled);
    const auto bytes = disk_bytes(filled.settings().folder, {".sst", ".blob"});
    sheet_.add({prefix + "disk_bytes_per_message",
                static_cast<double>(bytes) / static_cast<double>(filled.shape().messages),
                "bytes",
                filled.shape().to_string() + ", deferred, tables and bodies"});
  }

  void add_next_due(const FilledQueue& filled,
                    const std::string& name,
                    std::optional<Target> target) {
    const auto times = measure_next_due(filled, plan_.churn, group_.seed + 1);
    const auto scale =
        fmt::format("1000 of {}, {} samples", filled.shape().messages, plan_.churn.samples);
    sheet_.add({name + "_p50_ms", times.p50_ms, "ms", scale});
    sheet_.add({name + "_p99_ms", times.p99_ms, "ms", scale, target});
    sheet_.add({name + "_resumed_p99_ms", times.resumed_p99_ms, "ms", scale + ", behind a cursor"});
  }

  const QueueGroup& group_;
  const BenchPlan& plan_;
  FigureSheet& sheet_;
};

}  // namespace

void measure_queues(const QueueGroup& group, FigureSheet& sheet) {
  QueueFigures(group, sheet).measure();
}

}  // namespace greyhound::bench
