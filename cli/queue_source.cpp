#include "cli/queue_source.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include "agent/explainer.hpp"
#include "agent/id_lookup.hpp"
#include "agent/notice_preview.hpp"
#include "agent/queue_row.hpp"
#include "agent/queue_view.hpp"
#include "cli/delivery_text.hpp"
#include "cli/queue_finder.hpp"
#include "runtime/must.hpp"
#include "runtime/task_group.hpp"

namespace greyhound::cli {
namespace {

using Json = nlohmann::ordered_json;
constexpr std::size_t page_size = 5000;
constexpr std::size_t first_page_size = 1000;  // soon to be seen

// What an answer about an id says: objects, one a line, or that it names none.
Result<FoundObjects> found_in(const AgentResponse& response) {
  FoundObjects found;
  std::string_view rest = response.body;
  while (!rest.empty()) {
    const auto line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    found.objects.push_back(Json::parse(line, nullptr, false));
    if (!found.objects.back().is_object()) {
      return Error{Fault::protocol, "the agent's answer is not JSON"};
    }
  }
  if (response.status == 200) return found;
  const bool is_about_id =
      response.status == 400 || response.status == 404 || response.status == 409;
  if (!is_about_id || found.objects.empty()) return refused_by_agent(response);
  const auto object = std::exchange(found.objects, {}).front();
  found.problem = text_at(object, "error");
  if (found.problem.empty()) return refused_by_agent(response);
  for (const auto& candidate : object.value("candidates", Json::array())) {
    if (candidate.is_string()) found.candidates.push_back(candidate.get<std::string>());
  }
  return found;
}

Result<FoundNotice> notice_in(AgentResponse response) {
  if (response.status == 200) return FoundNotice{.text = std::move(response.body)};
  auto found = found_in(response);
  if (!found) return found.error();
  return FoundNotice{.problem = std::move(found->problem),
                     .candidates = std::move(found->candidates)};
}

class AgentSource final : public QueueSource {
 public:
  explicit AgentSource(AgentClient client) : client_(std::move(client)) {}

  Result<QueuePage> list(std::string after, ListForm form) override {
    const auto limit = after.empty() ? first_page_size : page_size;
    auto target = "/v1/queue?limit=" + std::to_string(limit);
    if (form == ListForm::rows) target += "&form=rows";
    if (!after.empty()) target += "&after=" + percent_encoded(after);
    auto response = client_.get(target);
    if (!response) return response.error();
    if (response->status != 200) return refused_by_agent(*response);
    QueuePage page{.lines = std::move(response->body), .next = std::move(response->next)};
    if (page.lines.empty()) page.next.clear();
    return page;
  }

  Result<FoundObjects> message(std::string id) override {
    return ask("/v1/messages/" + percent_encoded(id));
  }
  Result<FoundObjects> explanations(std::string id) override {
    return ask("/v1/explanations/" + percent_encoded(id));
  }
  Result<FoundNotice> notice(std::string id, std::string kind) override {
    auto response = client_.get("/v1/notices/" + percent_encoded(id) + "?kind=" + kind);
    return response ? notice_in(std::move(*response)) : response.error();
  }

 private:
  Result<FoundObjects> ask(const std::string& target) {
    const auto response = client_.get(target);
    return response ? found_in(*response) : response.error();
  }

  AgentClient client_;
};

// Runs the store's coroutines on a loop of its own, one after the other, on the calling thread.
class StoreSource final : public QueueSource {
 public:
  StoreSource(std::unique_ptr<queue::Store> store,
              const config::Settings& settings,
              const Clock& clock)
      : store_(std::move(store)),
        rules_(settings.retry.reply_rules),
        explainer_({.store = *store_,
                    .clock = clock,
                    .policies = {settings.retry, settings.notification},
                    .is_active = nothing_is_active}),
        preview_({.store = *store_,
                  .clock = clock,
                  .policies = {settings.retry, settings.notification, settings.reporter()}}) {}

  Result<QueuePage> list(std::string after, ListForm form) override {
    std::optional<queue::DeliveryId> start;
    if (!after.empty()) start = queue::DeliveryId::parse(after);
    const auto limit = after.empty() ? first_page_size : page_size;
    QueuePage page;
    if (form == ListForm::rows) {
      const auto listed = wait_for(store_->deliveries(start, limit));
      if (!listed) return listed.error();
      for (const auto& one : listed->deliveries)
        agent::append_line(page.lines, agent::queue_row(one, false));
      if (const auto& next = listed->next) page.next = next->to_string();
      return page;
    }
    const auto listed = wait_for(store_->list(start, limit));
    if (!listed) return listed.error();
    for (const auto& [message, delivery] : listed->deliveries)
      page.lines += agent::to_line(agent::delivery_view(message, delivery, false, *rules_)) + "\n";
    if (const auto& next = listed->next) page.next = next->to_string();
    return page;
  }

  Result<FoundObjects> message(std::string id) override {
    const auto lookup = wait_for(agent::look_up(store_.get(), std::move(id)));
    if (!lookup) return lookup.error();
    FoundObjects found;
    if (const auto* const problem = std::get_if<agent::NotFound>(&*lookup)) {
      found.problem = problem->what;
      for (const auto& candidate : problem->candidates) {
        found.candidates.push_back(candidate.to_string());
      }
      return found;
    }
    const auto loaded = wait_for(store_->load_message(std::get<agent::Found>(*lookup).message));
    if (!loaded) return loaded.error();
    found.objects.push_back(agent::message_view(*loaded, nothing_is_active, *rules_));
    return found;
  }

  Result<FoundObjects> explanations(std::string id) override {
    const auto answer = wait_for(explainer_.answer(std::move(id)));
    return found_in({.status = answer.status, .body = answer.body, .next = {}});
  }

  Result<FoundNotice> notice(std::string id, std::string kind) override {
    auto answer = wait_for(preview_.answer(std::move(id), std::move(kind)));
    return notice_in({.status = answer.status, .body = std::move(answer.body), .next = {}});
  }

 private:
  static bool nothing_is_active(queue::DeliveryId) { return false; }

  template <class T>
  static Awaitable<> keep(Awaitable<T> work, std::optional<T>* into) {
    into->emplace(co_await std::move(work));
  }

  template <class T>
  T wait_for(Awaitable<T> work) {
    std::optional<T> result;
    tasks_.spawn("read the queue", keep(std::move(work), &result));
    while (tasks_.size() > 0)
      loop_.run_one();
    MUST(result.has_value());
    return std::move(*result);
  }

  boost::asio::io_context loop_{1};
  // Without it the loop would stop for good between two calls.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> stay_{
      loop_.get_executor()};
  TaskGroup tasks_{loop_.get_executor()};
  std::unique_ptr<queue::Store> store_;
  mail::ReplyRulesPtr rules_;
  agent::Explainer explainer_;
  agent::NoticePreview preview_;
};

}  // namespace

Result<std::unique_ptr<QueueSource>> open_queue(const config::Settings& settings,
                                                const Clock& clock,
                                                EventLog& log,
                                                Console& console) {
  auto found = find_queue(settings, clock, log, console);
  if (!found) return found.error();
  std::unique_ptr<QueueSource> source;
  if (auto& agent = found->agent; agent.has_value()) {
    source = std::make_unique<AgentSource>(std::move(*agent));
  } else {
    source = std::make_unique<StoreSource>(std::move(found->store), settings, clock);
  }
  return source;
}

}  // namespace greyhound::cli
