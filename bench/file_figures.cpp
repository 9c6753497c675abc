#include "bench/file_figures.hpp"

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <unistd.h>

#include "bench/callers.hpp"
#include "bench/file_queue.hpp"
#include "bench/proc_reading.hpp"
#include "bench/progress.hpp"

namespace greyhound::bench {
namespace {

constexpr std::size_t threads_at_once = 8;
constexpr std::size_t different_messages = 512;
constexpr std::string_view envelope =
    "sender=ann@sender.example\nrecipient=bob@receiver.example\narrived=1772366400\n\n";
constexpr std::string_view reply = "451 4.7.1 <bob@receiver.example>: Greylisted, see https://x/";
constexpr std::int64_t now = 1'772'366'400;
constexpr std::int64_t half_a_day = 43'200;

std::string name_of(std::uint64_t number) {
  return fmt::format("{:012X}", number);
}

class Filling {
 public:
  Filling(const FilesPlan& plan, const FileQueue& queue, std::uint64_t seed)
      : plan_(plan), queue_(queue) {
    SampleMail mail(seed, {.size_bytes = plan.shape.size_bytes, .domains = 1000});
    for (std::size_t i = 0; i < different_messages; ++i)
      contents_.push_back(std::string(envelope) + mail.body());
  }

  double accept_synced() {
    const auto start = steady_now();
    in_parallel([this, start] {
      while (steady_now() - start < plan_.synced_for) {
        const auto number = next_++;
        if (number >= plan_.shape.messages) return;
        accept(number, FileQueue::Sync::yes);
      }
    });
    const auto accepted = std::min<std::uint64_t>(next_, plan_.shape.messages);
    next_ = accepted;
    return static_cast<double>(accepted) / seconds_since(start);
  }

  void fill_up() {
    Progress progress("files of " + plan_.shape.to_string(), plan_.shape.messages);
    for (auto number = next_.load(); number < plan_.shape.messages; ++number)
      accept(number, FileQueue::Sync::no);
    for (std::uint64_t number = 0; number < plan_.shape.messages; ++number) {
      const auto due = now + half_a_day + static_cast<std::int64_t>(number % (2 * half_a_day));
      queue_.defer(name_of(number), number == 0 ? now : due, reply, FileQueue::Sync::no);
      progress.add(1);
    }
    ::sync();  // what waits to be written must not disturb the next figures
  }

 private:
  void accept(std::uint64_t number, FileQueue::Sync sync) const {
    queue_.accept(name_of(number), contents_[number % contents_.size()], sync);
  }

  static void in_parallel(const std::function<void()>& work) {
    std::vector<std::thread> threads;
    threads.reserve(threads_at_once);
    for (std::size_t i = 0; i < threads_at_once; ++i)
      threads.emplace_back(work);
    for (auto& thread : threads)
      thread.join();
  }

  const FilesPlan& plan_;
  const FileQueue& queue_;
  std::vector<std::string> contents_;
  std::atomic<std::uint64_t> next_ = 0;
};

}  // namespace

void measure_files(const FilesPlan& plan,
                   const std::filesystem::path& scratch,
                   std::uint64_t seed,
                   FigureSheet& sheet) {
  const ScratchFolder folder(scratch / "files", false);
  const FileQueue queue(folder.path());
  Filling filling(plan, queue, seed);
  const auto scale = plan.shape.to_string();
  sheet.add({"file_accept_rate",
             filling.accept_synced(),
             "1/s",
             fmt::format("{} threads, for {:.0f} s", threads_at_once, seconds(plan.synced_for))});
  filling.fill_up();
  sheet.add(
      {"file_disk_bytes_per_message",
       static_cast<double>(disk_bytes(folder.path())) / static_cast<double>(plan.shape.messages),
       "bytes",
       scale});
  auto start = steady_now();
  if (queue.run(now) != 1) give_up("the queue of files has lost what is due");
  sheet.add({"file_queue_run_s", seconds_since(start), "s", scale + ", files in memory"});
  start = steady_now();
  if (queue.list() == 0) give_up("the queue of files is empty");
  sheet.add({"file_list_s", seconds_since(start), "s", scale + ", files in memory"});
}

}  // namespace greyhound::bench
