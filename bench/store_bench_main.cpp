// store_bench: the figures of the queue; see ./dev bench.
#include <cstdio>
#include <fstream>
#include <iostream>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>

#include "bench/bench_plan.hpp"
#include "bench/callers.hpp"
#include "bench/listing.hpp"
#include "bench/message_life.hpp"
#include "bench/proc_reading.hpp"
#include "bench/progress.hpp"
#include "bench/queue_figures.hpp"

namespace greyhound::bench {
namespace {

struct Options {
  bool is_quick = false;
  bool is_kept = false;
  std::string json;
  std::string folder = "build/bench";
  std::uint64_t seed = 20260301;
  std::vector<std::string> only;

  bool wants(const std::string& group) const {
    return only.empty() || std::find(only.begin(), only.end(), group) != only.end();
  }
};

void ask_for_space(const std::filesystem::path& folder, std::uint64_t needed) {
  constexpr double gib = 1ULL << 30;
  const auto space = std::filesystem::space(folder);
  const auto text = fmt::format("needs up to {:.0f} GiB in {}, where {:.0f} GiB are free",
                                static_cast<double>(needed) / gib,
                                folder.string(),
                                static_cast<double>(space.available) / gib);
  if (space.available < needed) give_up(text);
  say(text);
}

std::string load_average() {
  std::ifstream in("/proc/loadavg");
  std::string minute;
  in >> minute;
  return minute;
}

int run(const Options& options) {
  const auto plan = options.is_quick ? quick_plan() : full_plan();
  const ScratchFolder scratch(std::filesystem::path(options.folder) / "store", options.is_kept);
  ask_for_space(scratch.path(), plan.disk_bytes_needed());
  std::cout << fmt::format("store bench, {}, seed {}, load average {}\n",
                           plan.is_full ? "full scale" : "quick",
                           options.seed,
                           load_average());
  const auto start = steady_now();
  FigureSheet sheet;
  if (options.wants("accept")) measure_accept(plan.accept, scratch.path(), options.seed, sheet);
  if (options.wants("life")) {
    for (const auto& shape : plan.lives) {
      const auto figure = fmt::format("bytes_written_per_life_{}k", shape.size_bytes / 1024);
      measure_life(figure, shape, scratch.path(), options.seed, sheet);
    }
  }
  if (options.wants("queue")) {
    const QueueGroup group{plan, scratch.path(), options.seed, options.is_kept};
    measure_queues(group, sheet);
  }
  if (options.wants("files")) measure_files(plan.files, scratch.path(), options.seed, sheet);
  say(fmt::format("{:.0f} s in all", seconds_since(start)));
  sheet.publish(options.json);
  return 0;
}

int main(int argc, char** argv) {
  Options options;
  CLI::App app("figures of the queue", "store_bench");
  app.add_flag("--quick", options.is_quick, "100,000 to 300,000 messages, about a minute");
  app.add_option("--json", options.json, "write one object a line to this file");
  app.add_option("--folder", options.folder, "scratch data go below it, into the folder store");
  app.add_flag("--keep", options.is_kept, "leave the scratch data at the end");
  app.add_option("--seed", options.seed, "of all mail and waits");
  app.add_option("--only", options.only, "groups: accept life queue files")
      ->check(CLI::IsMember({"accept", "life", "queue", "files"}));
  CLI11_PARSE(app, argc, argv);
  return run(options);
}

}  // namespace
}  // namespace greyhound::bench

int main(int argc, char** argv) {
  try {
    return greyhound::bench::main(argc, argv);
  } catch (const std::exception& thrown) {
    greyhound::bench::give_up(thrown.what());
  }
}
