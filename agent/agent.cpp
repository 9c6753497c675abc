#include "agent/agent.hpp"

#include <csignal>
#include <filesystem>
#include <memory>
#include <utility>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "agent/control_server.hpp"
#include "agent/trace_hub.hpp"
#include "intake/drop_pickup.hpp"
#include "intake/server.hpp"
#include "mail/drop_file.hpp"
#include "queue/rocks_store.hpp"
#include "runtime/loops.hpp"
#include "runtime/random.hpp"
#include "runtime/socket_stream.hpp"
#include "runtime/task_group.hpp"
#include "scheduler/delivery_plan.hpp"
#include "scheduler/dispatcher.hpp"
#include "smtp_client/dns/make_resolver.hpp"
#include "smtp_client/smtp_courier.hpp"
#include "smtp_client/sts/sts_fetcher.hpp"
#include "smtp_client/sts/sts_policies.hpp"

namespace greyhound::agent {

namespace asio = boost::asio;

namespace {

constexpr int exit_io_error = 74;    // sysexits EX_IOERR
constexpr int exit_bad_config = 78;  // sysexits EX_CONFIG
constexpr Duration intake_grace = std::chrono::seconds(5);
constexpr Duration attempt_grace = std::chrono::seconds(20);  // systemd waits 90 s before SIGKILL

int exit_code_of(const Error& error) {
  return error.fault == Fault::config ? exit_bad_config : exit_io_error;
}

scheduler::SchedulerSettings scheduler_settings(const config::Settings& settings) {
  return {.retry = settings.retry,
          .notification = settings.notification,
          .reporter = settings.reporter(),
          .concurrency = settings.concurrency};
}

// Everything that runs, in lifetime order: what stands above outlives what stands below.
class Agent {
 public:
  Agent(config::Settings settings, EventLog& log)
      : settings_(std::move(settings)), log_(log), loops_(settings_.threads), main_(executor()) {}

  ~Agent() {
    // Work that is still queued may refer to what is destroyed before the loops are.
    loops_.stop();
  }

  int run() {
    std::signal(SIGPIPE, SIG_IGN);  // a reader of our log that goes away must not end us
    if (const auto opened = open(); !opened) {
      log_.error("start_failed", {{"why", opened.error().what}});
      return exit_code_of(opened.error());
    }
    main_.spawn("agent", serve());
    home_.run();
    return exit_code_;
  }

 private:
  Executor executor() { return home_.get_executor(); }

  // Opens the store and the resolver; no socket yet.
  Result<> open() {
    std::error_code code;
    std::filesystem::create_directories(settings_.state_dir, code);
    if (code) {
      return Error{Fault::config,
                   "state_dir " + settings_.state_dir.string() + ": " + code.message()};
    }
    auto store =
        queue::open_rocks_store(settings_.queue, queue::OpenMode::read_write, clock_, log_);
    if (!store) return store.error();
    store_ = std::move(*store);
    auto resolver = smtp::make_resolver(executor(), settings_.dns, clock_, random_);
    if (!resolver) return resolver.error();
    resolver_ = std::move(*resolver);
    auto tls = smtp::TlsClient::make(settings_.smtp.tls.ca_file);
    if (!tls) return tls.error();
    tls_ = std::move(*tls);
    open_policies();
    build();
    return {};
  }

  void open_policies() {
    const auto& tls = settings_.smtp.tls;
    if (!tls.mta_sts || tls.level == mail::TlsLevel::none) return;
    sts_fetcher_ = std::make_unique<smtp::StsFetcher>(executor(),
                                                      smtp::StsFetcher::Parts{
                                                          .settings = settings_.smtp,
                                                          .resolver = *resolver_,
                                                          .network = network_,
                                                          .tls = *tls_,
                                                          .clock = clock_,
                                                      },
                                                      smtp::StsFetcher::Limits{});
    sts_ = std::make_unique<smtp::StsPolicies>(executor(),
                                               settings_.state_dir / "mta-sts",
                                               smtp::StsPolicies::Parts{
                                                   .resolver = *resolver_,
                                                   .source = *sts_fetcher_,
                                                   .clock = clock_,
                                                   .log = log_,
                                                   .disk = files_.get_executor(),
                                               });
    sts_->load();
  }

  void build() {
    courier_ = smtp::make_smtp_courier(executor(),
                                       settings_.smtp,
                                       {.loops = loops_,
                                        .resolver = *resolver_,
                                        .network = network_,
                                        .clock = clock_,
                                        .random = random_,
                                        .log = log_,
                                        .tls = *tls_,
                                        .sts = sts_.get(),
                                        .self_test = settings_.dns.self_test,
                                        .trace = trace_});
    planner_ = [this](const queue::Message& message, const std::vector<mail::Recipient>& to) {
      return scheduler::plan_deliveries(settings_.retry, message, to);
    };
    dispatcher_ = std::make_unique<scheduler::Dispatcher>(executor(),
                                                          scheduler_settings(settings_),
                                                          scheduler::SchedulerParts{
                                                              .store = *store_,
                                                              .courier = *courier_,
                                                              .clock = clock_,
                                                              .log = log_,
                                                              .trace = trace_,
                                                          });
    intake_ = std::make_unique<intake::Server>(executor(),
                                               settings_.intake,
                                               intake::Server::Parts{
                                                   .store = *store_,
                                                   .loops = loops_,
                                                   .planner = planner_,
                                                   .clock = clock_,
                                                   .log = log_,
                                               });
    build_pickup();
    build_control();
  }

  void build_pickup() {
    drop_ = std::make_unique<intake::DropPickup>(
        executor(),
        settings_.state_dir / mail::drop_folder_name,
        intake::DropPickup::Parts{.session = {.settings = settings_.intake,
                                              .store = *store_,
                                              .planner = planner_,
                                              .clock = clock_,
                                              .log = log_},
                                  .sessions = loops_.at(0),
                                  .disk = files_.get_executor()});
  }

  void build_control() {
    DispatcherFacts facts{
        .is_active = [this](queue::DeliveryId id) { return dispatcher_->is_active(id); },
        .reply_rules = settings_.retry.reply_rules,
        .in_doubt = [this] { return dispatcher_->in_doubt(); },
        .standings = [this] { return dispatcher_->standings(); },
        .suspend = [this](std::string name) { return dispatcher_->suspend(std::move(name)); },
        .resume = [this](std::string name) { return dispatcher_->resume(std::move(name)); },
        .forget = [this](std::string name) { return dispatcher_->forget(std::move(name)); }};
    control_ = std::make_unique<ControlServer>(
        executor(),
        settings_.control_socket,
        ControlServer::Parts{
            .store = *store_,
            .clock = clock_,
            .log = log_,
            .trace = trace_,
            .policies = {settings_.retry, settings_.notification, settings_.reporter()},
            .dispatcher = std::move(facts)});
  }

  Awaitable<> serve() {
    // The control socket first: it is what tells a second agent that the first one lives.
    if (const auto started = control_->start(); !started) {
      log_.error("start_failed", {{"why", started.error().what}});
      exit_code_ = exit_code_of(started.error());
      co_return;
    }
    if (const auto started = intake_->start(); !started) {
      log_.error("start_failed", {{"why", started.error().what}});
      exit_code_ = exit_code_of(started.error());
      co_await control_->stop();
      co_return;
    }
    if (sts_) sts_->start();
    drop_->start();
    dispatcher_->start();
    log_ready();

    co_await told_to_stop();
    log_.info("stopping");
    co_await drop_->stop();
    co_await intake_->stop(intake_grace);
    co_await dispatcher_->stop(attempt_grace);
    co_await courier_->let_go();
    if (sts_) co_await sts_->let_go();
    co_await control_->stop();
    log_.info("stopped");
  }

  Awaitable<> told_to_stop() {
    for (;;) {
      const auto [code, signal] = co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
      if (signal != SIGHUP) co_return;
      log_.warning("reload_ignored", {{"why", "this version reads its files at start only"}});
    }
  }

  void log_ready() {
    for (const auto& endpoint : intake_->tcp_endpoints()) {
      log_.info("listening", {{"address", endpoint.to_string()}});
    }
    for (const auto& listener : settings_.intake.listeners) {
      const auto* unix_listener = std::get_if<intake::UnixListener>(&listener);
      if (unix_listener) log_.info("listening", {{"unix", unix_listener->path.string()}});
    }
    log_.info("ready",
              {{"version", GREYHOUND_VERSION},
               {"hostname", settings_.hostname},
               {"state_dir", settings_.state_dir.string()},
               {"control", settings_.control_socket.string()}});
  }

  const config::Settings settings_;
  EventLog& log_;
  SystemClock clock_;
  TraceHub trace_{clock_};
  Random random_ = Random::from_system();
  int exit_code_ = 0;

  asio::io_context home_{1};
  asio::signal_set signals_{home_, SIGTERM, SIGINT, SIGHUP};  // from the start: none is missed
  Loops loops_;
  asio::thread_pool files_{1};  // for files beside the queue: whoever is here waits for the disk
  TcpNetwork network_;
  std::unique_ptr<smtp::Resolver> resolver_;
  std::unique_ptr<smtp::TlsClient> tls_;
  std::unique_ptr<smtp::StsFetcher> sts_fetcher_;
  std::unique_ptr<smtp::StsPolicies> sts_;  // none: switched off
  std::unique_ptr<mail::Courier> courier_;
  std::unique_ptr<queue::Store> store_;
  intake::DeliveryPlanner planner_;
  std::unique_ptr<scheduler::Dispatcher> dispatcher_;
  std::unique_ptr<intake::Server> intake_;
  std::unique_ptr<intake::DropPickup> drop_;
  std::unique_ptr<ControlServer> control_;
  TaskGroup main_;
};

}  // namespace

int run(config::Settings settings, EventLog& log) {
  Agent agent(std::move(settings), log);
  return agent.run();
}

}  // namespace greyhound::agent
