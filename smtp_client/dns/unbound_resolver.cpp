#include "smtp_client/dns/unbound_resolver.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <list>
#include <memory>
#include <sstream>
#include <string>
#include <utility>

#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <unbound.h>

#include "mail/address.hpp"
#include "smtp_client/dns/dns_answer.hpp"
#include "smtp_client/dns/raw_resolver.hpp"
#include "smtp_client/dns/root_anchor.hpp"

namespace greyhound::smtp {

namespace asio = boost::asio;

namespace {

constexpr int class_in = 1;

struct FreeAnswer {
  void operator()(ub_result* answer) const { ub_resolve_free(answer); }
};
using AnswerPtr = std::unique_ptr<ub_result, FreeAnswer>;

struct DeleteContext {
  void operator()(ub_ctx* context) const { ub_ctx_delete(context); }
};
using ContextPtr = std::unique_ptr<ub_ctx, DeleteContext>;

// What libunbound would answer by itself although our servers may know better.
constexpr std::array built_in_zones{"localhost.", "test.", "invalid.", "onion.", "home.arpa."};

constexpr std::array<std::pair<const char*, const char*>, 4> options{{
    {"do-not-query-localhost:", "no"},  // the configured servers may well be there
    {"cache-max-negative-ttl:", "0"},   // a second question confirms only if it is really asked
    {"infra-host-ttl:", "60"},          // a server that was down is asked again soon,
    {"infra-keep-probing:", "yes"},     // and meanwhile now and then
}};

Error setting_error(const std::string& setting, int code) {
  return {Fault::config, "dns: " + setting + ": " + ub_strerror(code)};
}

bool names_a_key(std::istream& anchors) {
  for (std::string line; std::getline(anchors, line);) {
    std::istringstream words(line.substr(0, line.find(';')));
    for (std::string word; words >> word;) {
      word = mail::lower_case(word);
      if (word == "ds" || word == "dnskey") return true;
    }
  }
  return false;
}

// Without any, libunbound validates nothing, and says nothing of it.
Result<> add_trust_anchors(ub_ctx* context, const DnsSettings& settings) {
  if (!settings.trust_anchor) {
    for (const auto* anchor : root_anchors) {
      if (const int code = ub_ctx_add_ta(context, anchor)) return setting_error(anchor, code);
    }
    return {};
  }
  const auto file = settings.trust_anchor->string();
  std::ifstream anchors(file);
  if (!names_a_key(anchors)) {
    return Error{Fault::config, "dns: trust_anchor: " + file + ": has no DS or DNSKEY record"};
  }
  if (const int code = ub_ctx_add_ta_file(context, file.c_str())) {
    return setting_error("trust_anchor: " + file, code);
  }
  return {};
}

Result<ContextPtr> make_context(const DnsSettings& settings) {
  ContextPtr context(ub_ctx_create());
  if (!context) return Error{Fault::config, "dns: libunbound has no memory for a context"};
  for (const auto& [name, value] : options) {
    if (const int code = ub_ctx_set_option(context.get(), name, value)) {
      return setting_error(name, code);
    }
  }
  for (const auto& server : settings.servers) {
    const auto text = server.address.to_string() + "@" + std::to_string(server.port);
    if (const int code = ub_ctx_set_fwd(context.get(), text.c_str())) {
      return setting_error("servers: " + text, code);
    }
  }
  if (settings.servers.empty()) {
    if (const int code = ub_ctx_resolvconf(context.get(), "/etc/resolv.conf")) {
      return setting_error("/etc/resolv.conf", code);
    }
  }
  if (settings.dnssec == Dnssec::validate) {
    const auto added = add_trust_anchors(context.get(), settings);
    if (!added) return added.error();
  }
  if (const int code = ub_ctx_async(context.get(), 1)) return setting_error("thread", code);
  // These finalise the context, so that they come last; the file of anchors is read by then.
  const bool has_file = settings.dnssec == Dnssec::validate && settings.trust_anchor;
  for (const std::string zone : built_in_zones) {
    if (const int code = ub_ctx_zone_remove(context.get(), zone.c_str())) {
      return setting_error(has_file ? "trust_anchor: " + settings.trust_anchor->string() : zone,
                           code);
    }
  }
  return context;
}

// libunbound hands out the data of a bogus answer too, so that `bogus` is looked at first.
Result<RawAnswer> to_raw_answer(const ub_result& found) {
  if (found.bogus) {
    const auto* const why = found.why_bogus == nullptr ? "no reason given" : found.why_bogus;
    return Error{Fault::protocol, std::string("bogus: ") + why};
  }
  RawAnswer raw{.rcode = found.nxdomain ? rcode_no_such_name : found.rcode};
  raw.is_secure = found.secure != 0;
  const bool is_alias = found.canonname != nullptr;
  raw.canonical = plain_host_name(is_alias ? found.canonname : found.qname);
  if (!found.havedata) return raw;
  for (int i = 0; found.data[i] != nullptr && raw.records.size() < RawAnswer::max_records; ++i) {
    const auto* const first = reinterpret_cast<const std::uint8_t*>(found.data[i]);
    raw.records.emplace_back(first, first + std::max(found.len[i], 0));
  }
  return raw;
}

class UnboundResolver final : public RawResolver {
 public:
  UnboundResolver(Executor loop, ContextPtr context, Duration timeout, Clock& clock)
      : RawResolver(timeout, clock),
        loop_(std::move(loop)),
        context_(std::move(context)),
        readable_(loop_, ub_fd(context_.get())) {}

  // Questions that are still open are dropped with the coroutines that wait for them, as a loop
  // does with its own at its end.
  ~UnboundResolver() override {
    readable_.release();  // the descriptor is libunbound's
    context_.reset();     // ends its thread: no callback comes any more
  }

 private:
  struct Finished {
    int code;  // libunbound's own error; zero: there is an answer
    AnswerPtr answer;
  };
  using Signature = void(boost::system::error_code, Finished);
  using Handler = asio::any_completion_handler<Signature>;

  struct Question {
    UnboundResolver* owner;
    Handler handler;
    int id = 0;
    std::list<Question>::iterator self = {};
  };
  using QuestionAt = std::list<Question>::iterator;

  // Cancelled by the deadline, it throws operation_aborted, as every wait of Asio does.
  Awaitable<Result<RawAnswer>> ask(std::string name, RecordType type) override {
    const auto start = [this](auto handler, const std::string& asked, int asked_type) {
      begin(Handler(std::move(handler)), asked, asked_type);
    };
    auto raw = co_await asio::async_initiate<const asio::use_awaitable_t<>, Signature>(
        start, asio::use_awaitable, std::move(name), static_cast<int>(type));
    if (raw.code != 0) co_return Error{Fault::network, ub_strerror(raw.code)};
    co_return to_raw_answer(*raw.answer);
  }

  void begin(Handler handler, const std::string& name, int type);
  void finish(QuestionAt question, boost::system::error_code error, Finished raw);
  void cancel(QuestionAt question);
  void wait_for_answers();
  static void on_answer(void* question, int code, ub_result* answer);

  Executor loop_;
  ContextPtr context_;
  asio::posix::stream_descriptor readable_;
  bool is_waiting_ = false;
  std::list<Question> open_;
  std::shared_ptr<UnboundResolver*> alive_ = std::make_shared<UnboundResolver*>(this);
};

void UnboundResolver::begin(Handler handler, const std::string& name, int type) {
  const auto question = open_.insert(
      open_.end(), {.owner = this, .handler = std::move(handler), .id = 0, .self = {}});
  question->self = question;
  const int code = ub_resolve_async(context_.get(),
                                    name.c_str(),
                                    type,
                                    class_in,
                                    &*question,
                                    &UnboundResolver::on_answer,
                                    &question->id);
  if (code != 0) return finish(question, {}, {.code = code, .answer = nullptr});
  auto slot = asio::get_associated_cancellation_slot(question->handler);
  if (slot.is_connected()) {
    slot.assign([this, question](asio::cancellation_type) { cancel(question); });
  }
  wait_for_answers();
}

void UnboundResolver::on_answer(void* question, int code, ub_result* answer) {
  auto* const asked = static_cast<Question*>(question);
  asked->owner->finish(asked->self, {}, {.code = code, .answer = AnswerPtr(answer)});
}

void UnboundResolver::cancel(QuestionAt question) {
  const bool will_not_be_answered = ub_cancel(context_.get(), question->id) == 0;
  if (will_not_be_answered) {
    finish(question, asio::error::operation_aborted, {.code = 0, .answer = nullptr});
  }
}

void UnboundResolver::finish(QuestionAt question, boost::system::error_code error, Finished raw) {
  auto handler = std::move(question->handler);
  open_.erase(question);
  asio::get_associated_cancellation_slot(handler).clear();
  // An armed wait would keep the loop running after the last question.
  if (open_.empty() && is_waiting_) readable_.cancel();
  asio::post(loop_, [handler = std::move(handler), error, raw = std::move(raw)]() mutable {
    std::move(handler)(error, std::move(raw));
  });
}

// Once more after a cancelled wait too: a question may have come in the meantime.
void UnboundResolver::wait_for_answers() {
  if (is_waiting_ || open_.empty()) return;
  is_waiting_ = true;
  readable_.async_wait(asio::posix::stream_descriptor::wait_read,
                       [alive = std::weak_ptr(alive_)](boost::system::error_code error) {
                         const auto self = alive.lock();
                         if (!self) return;
                         auto& resolver = **self;
                         resolver.is_waiting_ = false;
                         if (!error) ub_process(resolver.context_.get());
                         resolver.wait_for_answers();
                       });
}

}  // namespace

Result<std::unique_ptr<Resolver>> make_unbound_resolver(Executor loop,
                                                        const DnsSettings& settings,
                                                        Clock& clock) {
  auto context = make_context(settings);
  if (!context) return context.error();
  std::unique_ptr<Resolver> resolver = std::make_unique<UnboundResolver>(
      std::move(loop), std::move(*context), settings.timeout, clock);
  return resolver;
}

}  // namespace greyhound::smtp
