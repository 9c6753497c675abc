#include "bench/message_life.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "bench/callers.hpp"
#include "bench/proc_reading.hpp"
#include "bench/progress.hpp"
#include "bench/raw_database.hpp"
#include "bench/settling.hpp"
#include "bench/virtual_clock.hpp"

namespace greyhound::bench {
namespace {

using namespace std::chrono_literals;

constexpr int deferrals = 3;
constexpr std::size_t page_size = 5000;

// Hours lie between two attempts, in which what is in memory goes to the tables; here that is done
// by hand after each step, or the last states would be all that is ever written to a table.
class Life {
 public:
  Life(const std::filesystem::path& folder, QueueShape shape, std::uint64_t seed)
      : shape_(shape),
        settings_{.folder = folder},
        clock_(SystemClock().wall()),
        mail_(seed, {.size_bytes = shape.size_bytes, .domains = 1000}),
        progress_("lives of " + shape.to_string(), shape.messages * (2 + deferrals)) {}

  void accept() {
    accept_fresh(*open_store(settings_, clock_), mail_, clock_.wall(), shape_.messages);
    progress_.add(shape_.messages);
    flush();
  }

  void attempt(double delivered_share) {
    clock_.set(clock_.wall() + 4h);
    settle_due(delivered_share);
    flush();
  }

  void compact() { RawDatabase(settings_, queue::OpenMode::read_write).compact_all(); }

 private:
  void flush() { RawDatabase(settings_, queue::OpenMode::read_write).flush(); }

  void settle_due(double delivered_share) {
    const auto store = open_store(settings_, clock_);
    const SettlingRule rule{clock_.wall(), 1h, 3h, delivered_share};
    std::optional<queue::DuePosition> after;
    for (;;) {
      const auto page = caller_.call(store->due(after, rule.now, page_size));
      if (page.empty()) return;
      after = page.back().position;
      settle_all(*store, mail_, page, rule);
      progress_.add(page.size());
    }
  }

  QueueShape shape_;
  queue::QueueSettings settings_;
  VirtualClock clock_;
  SampleMail mail_;
  Progress progress_;
  OneCaller caller_;
};

}  // namespace

void measure_life(const std::string& figure,
                  QueueShape shape,
                  const std::filesystem::path& scratch,
                  std::uint64_t seed,
                  FigureSheet& sheet) {
  const ScratchFolder folder(scratch / "life", false);
  const auto before = written_bytes(::getpid());
  {
    Life life(folder.path() / "queue", shape, seed);
    life.accept();
    for (int i = 0; i < deferrals; ++i)
      life.attempt(0.0);
    life.attempt(1.0);
    life.compact();
  }
  const auto after = written_bytes(::getpid());
  if (!before || !after) give_up("/proc/self/io cannot be read");
  const auto handed_in = static_cast<double>(shape.messages * shape.size_bytes);
  sheet.add({figure,
             static_cast<double>(*after - *before) / handed_in,
             "x size",
             fmt::format("{}, {} deferrals, flushed and compacted", shape.to_string(), deferrals),
             below(6)});
}

}  // namespace greyhound::bench
