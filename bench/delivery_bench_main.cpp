// delivery_bench: the figures of delivery against a receiver that takes all; see ./dev bench.

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "bench/callers.hpp"
#include "bench/delivery_figures.hpp"
#include "bench/filled_queue.hpp"

namespace greyhound::bench {
namespace {

int main(int argc, char** argv) {
  bool is_quick = false;
  std::string json;
  std::string folder = "build/bench";
  CLI::App app("figures of delivery", "delivery_bench");
  app.add_flag("--quick", is_quick, "fewer messages, under a minute");
  app.add_option("--json", json, "write one object a line to this file");
  app.add_option("--folder", folder, "scratch data go below it, into the folder delivery");
  std::vector<std::string> only;
  app.add_option("--only", only, "one_site_near, many_sites_20ms_tls and the like, or sessions");
  CLI11_PARSE(app, argc, argv);
  const DeliveryPlan quick{.scale = "quick", .near = 3000, .far = 1000, .sessions = 200};
  const DeliveryPlan full{.scale = "full", .near = 40'000, .far = 10'000, .sessions = 1000};
  const ScratchFolder scratch(std::filesystem::path(folder) / "delivery", false);
  FigureSheet sheet;
  auto plan = is_quick ? quick : full;
  plan.only = only;
  measure_delivery(plan, scratch.path(), sheet);
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
