#include "agent/notice_preview.hpp"

#include <utility>

#include <nlohmann/json.hpp>

#include "agent/id_lookup.hpp"
#include "scheduler/notice_writer.hpp"

namespace greyhound::agent {
namespace {

using notify::NoticeKind;

std::string why_none(const queue::Message& message, NoticeKind kind) {
  if (message.kind != queue::MessageKind::mail) return "a notice is never answered by another";
  if (!message.reverse_path) return "it is from <>, so that nobody is told";
  if (kind == NoticeKind::delay) {
    return "nothing of it was tried and put off whose sender may be told of a delay";
  }
  return "the sender does not want to be told of a failure, or the settings say not to";
}

}  // namespace

Awaitable<HttpResponse> NoticePreview::answer(std::string id, std::string kind) {
  if (kind != "delay" && kind != "failure") {
    co_return refuse(400, "kind must be delay or failure");
  }
  const auto wanted = kind == "delay" ? NoticeKind::delay : NoticeKind::failure;
  const auto found = co_await look_up(&parts_.store, std::move(id));
  if (!found) co_return fail(found.error());
  if (const auto* problem = std::get_if<NotFound>(&*found)) co_return refuse(*problem);
  const auto loaded = co_await parts_.store.load_message(std::get<Found>(*found).message);
  if (!loaded && loaded.error().fault == Fault::not_found) co_return refuse(no_open_delivery());
  if (!loaded) co_return fail(loaded.error());
  const auto& [message, deliveries] = *loaded;
  const auto& settings = parts_.policies.notification;
  const bool whole = wanted == NoticeKind::failure && !deliveries.empty() &&
                     scheduler::returns_whole_original(message, deliveries.front(), settings);
  const auto original = co_await scheduler::read_original(&parts_.store, message, whole);
  const scheduler::NoticeParts parts{.retry = parts_.policies.retry,
                                     .notification = parts_.policies.notification,
                                     .reporter = parts_.policies.reporter,
                                     .now = parts_.clock.wall(),
                                     .new_id = nullptr};
  auto notice = scheduler::previewed_notice(wanted, *loaded, original.content, parts);
  if (!notice) co_return refuse(404, why_none(message, wanted));
  HttpResponse response;
  response.content_type = "message/rfc822";
  response.body = std::move(*notice);
  co_return response;
}

}  // namespace greyhound::agent
