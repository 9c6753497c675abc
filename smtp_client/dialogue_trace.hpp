// DialogueTrace: shows one dialogue of one delivery to those who watch it.
// Owner: the dialogue, while that delivery is its business. Runs on: the dialogue's loop.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "mail/trace.hpp"
#include "smtp_client/dialogue_script.hpp"

namespace greyhound::smtp {

class DialogueTrace {
 public:
  // `to` outlives it.
  DialogueTrace(mail::Trace& to, mail::TraceSubject subject)
      : to_(to), subject_(std::move(subject)) {}

  void sent(std::string_view bytes) { show(mail::TraceKind::sent, script_.sent(bytes)); }
  void received(const mail::Reply& reply) {
    show(mail::TraceKind::received, script_.received(reply));
  }
  void remark(std::string text) { to_.show(subject_, mail::TraceKind::remark, std::move(text)); }

 private:
  void show(mail::TraceKind kind, DialogueScript::Lines lines) {
    for (auto& line : lines)
      to_.show(subject_, kind, std::move(line));
  }

  mail::Trace& to_;
  const mail::TraceSubject subject_;
  DialogueScript script_;
};

}  // namespace greyhound::smtp
