#include "cli/records_source.hpp"

#include <algorithm>
#include <optional>
#include <ostream>

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "agent/records_api.hpp"
#include "cli/commands.hpp"
#include "cli/delivery_text.hpp"
#include "cli/exit_codes.hpp"
#include "cli/queue_finder.hpp"
#include "runtime/must.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::cli {
namespace {

constexpr const char* page_size = "500";

class AgentRecords final : public RecordsSource {
 public:
  explicit AgentRecords(AgentClient client) : client_(std::move(client)) {}

  Result<RecordsPage> page(std::string path, std::string after) override {
    auto target = path + "?limit=" + page_size;
    if (!after.empty()) target += "&after=" + percent_encoded(after);
    auto response = client_.get(target);
    if (!response) return response.error();
    if (response->status != 200) return refused_by_agent(*response);
    return RecordsPage{std::move(response->body), std::move(response->next)};
  }

 private:
  AgentClient client_;
};

// Asks the agent's own answer of the store, on the calling thread.
class StoreRecords final : public RecordsSource {
 public:
  explicit StoreRecords(std::unique_ptr<queue::Store> store) : store_(std::move(store)) {}

  Result<RecordsPage> page(std::string path, std::string after) override {
    agent::HttpRequest request;
    request.method = "GET";
    request.path = std::move(path);
    request.query["limit"] = page_size;
    if (!after.empty()) request.query["after"] = std::move(after);
    auto response = wait_for(agent::answer_records(store_.get(), std::move(request)));
    if (response.status != 200) {
      return Error{Fault::disk, text_at(Json::parse(response.body, nullptr, false), "error")};
    }
    RecordsPage page{std::move(response.body), {}};
    for (auto& [name, value] : response.headers)
      if (name == "Greyhound-Next") page.next = std::move(value);
    return page;
  }

 private:
  static Awaitable<> keep(Awaitable<agent::HttpResponse> work,
                          std::optional<agent::HttpResponse>* into) {
    into->emplace(co_await std::move(work));
  }

  static agent::HttpResponse wait_for(Awaitable<agent::HttpResponse> work) {
    boost::asio::io_context loop{1};
    TaskGroup tasks{loop.get_executor()};
    std::optional<agent::HttpResponse> response;
    tasks.spawn("read the queue", keep(std::move(work), &response));
    const auto stay = boost::asio::make_work_guard(loop);
    while (tasks.size() > 0)
      loop.run_one();
    MUST(response.has_value());
    return std::move(*response);
  }

  std::unique_ptr<queue::Store> store_;
};

}  // namespace

Result<std::unique_ptr<RecordsSource>> open_records(const config::Settings& settings,
                                                    const Clock& clock,
                                                    EventLog& log,
                                                    Console& console) {
  auto found = find_queue(settings, clock, log, console);
  if (!found) return found.error();
  std::unique_ptr<RecordsSource> source;
  if (auto& agent = found->agent; agent.has_value()) {
    source = std::make_unique<AgentRecords>(std::move(*agent));
  } else {
    source = std::make_unique<StoreRecords>(std::move(found->store));
  }
  return source;
}

Result<> each_record(RecordsSource& source,
                     const std::string& path,
                     std::string after,
                     const ShowRecord& show) {
  do {
    const auto page = source.page(path, after);
    if (!page) return page.error();
    std::string_view rest = page->lines;
    while (!rest.empty()) {
      const auto line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
      const auto record = Json::parse(line, nullptr, false);
      if (!record.is_object()) return Error{Fault::protocol, "the agent's answer is not JSON"};
      if (!show(record)) return {};
    }
    after = page->next;
  } while (!after.empty());
  return {};
}

int show_records(const RecordsWanted& wanted, const ShowRecord& show, Console& console) {
  const auto settings = load_settings(wanted.config_folder, SettingsFor::its_callers, console);
  if (!settings) return exit_config_error;
  const runtime::SystemClock clock;
  StderrLog log(EventLog::Level::warning);
  const auto source = open_records(*settings, clock, log, console);
  const auto shown =
      source ? each_record(**source, wanted.path, wanted.after, show) : Result<>(source.error());
  if (!shown) console.err << "greyhound: " << printable(shown.error().what) << '\n';
  return shown && console.out.good() ? exit_done : exit_io_error;
}

}  // namespace greyhound::cli
