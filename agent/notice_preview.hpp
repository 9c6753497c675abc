// NoticePreview: the report that the sender of a message would get, without sending it.
//   GET  /v1/notices/ID?kind=delay|failure   the whole notice (message/rfc822); 404 unknown or
//                                            nobody may be told, 409 several (candidates)
// A command that has the store open itself asks it without a socket.
// Owner: ControlApi, or that command. Runs on: the loop it is awaited on.
#pragma once

#include "agent/explainer.hpp"
#include "agent/http_message.hpp"

namespace greyhound::agent {

class NoticePreview {
 public:
  struct Parts {  // references that outlive it
    queue::Store& store;
    const Clock& clock;
    Policies policies;
  };
  explicit NoticePreview(Parts parts) : parts_(std::move(parts)) {}

  Awaitable<HttpResponse> answer(std::string id, std::string kind);

 private:
  Parts parts_;
};

}  // namespace greyhound::agent
