// intake_bench: the figures of mail that comes in, from the first byte to the synced write; see
// ./dev bench.
#include <algorithm>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "bench/callers.hpp"
#include "bench/filled_queue.hpp"
#include "bench/intake_figures.hpp"
#include "bench/intake_sink.hpp"

namespace greyhound::bench {
namespace {

int main(int argc, char** argv) {
  bool is_quick = false;
  bool is_sink = false;
  std::string json;
  std::string folder = "build/bench";
  std::vector<std::string> only;
  std::uint64_t divisor = 1;
  CLI::App app("figures of intake", "intake_bench");
  app.add_flag("--quick", is_quick, "fewer and smaller messages, about a minute");
  app.add_option("--json", json, "write one object a line to this file");
  app.add_option("--folder", folder, "scratch data go below it, into the folder intake");
  app.add_option("--only", only, "100_sessions_pipelined and the like, pace, idle, bodies");
  app.add_option("--divide", divisor, "as many times less mail: to see that it works")
      ->check(CLI::PositiveNumber);
  app.add_flag(IntakeSink::option, is_sink)->group("");  // for this program itself
  CLI11_PARSE(app, argc, argv);
  if (is_sink) be_the_sink();
  const IntakePlan quick{.scale = "quick",
                         .repetitions = 3,
                         .many = 5000,
                         .few = 500,
                         .large = 60,
                         .paced_s = 1,
                         .bodies = {.size_bytes = 4 << 20}};
  const IntakePlan full{.scale = "full",
                        .repetitions = 5,
                        .many = 40'000,
                        .few = 5000,
                        .large = 1000,
                        .paced_s = 5,
                        .bodies = {}};
  auto plan = is_quick ? quick : full;
  plan.only = only;
  for (auto* messages : {&plan.many, &plan.few, &plan.large})
    *messages = std::max<std::uint64_t>(*messages / divisor, 1);
  plan.bodies.size_bytes = std::max<std::uint64_t>(plan.bodies.size_bytes / divisor, 1 << 20);
  const ScratchFolder scratch(std::filesystem::path(folder) / "intake", false);
  FigureSheet sheet;
  measure_intake(plan, scratch.path(), sheet);
  sheet.publish(json);
  return 0;
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
