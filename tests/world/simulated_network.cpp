#include "world/simulated_network.hpp"

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "peers/script_player.hpp"
#include "runtime/must.hpp"
#include "runtime/wake_signal.hpp"

namespace greyhound::world {

using peers::HeardSession;
using peers::Script;
using peers::ScriptPlayer;

namespace {

constexpr std::size_t window_bytes = std::size_t{64} * 1024;
constexpr std::chrono::hours patience{1};

bool is_ours(const IpAddress& address) {
  return IpNetwork::parse("127.0.0.0/8")->contains(address);
}

Error closed_by_other_end() {
  return {Fault::closed, "connection closed by the other end"};
}

}  // namespace

// A connection: the server's end, what is on its way, and what has arrived at the client's.
class SimulatedNetwork::Wire : public std::enable_shared_from_this<Wire> {
 public:
  Wire(VirtualTime& time, std::mt19937_64& chance, const Path& path, Script script)
      : time_(time),
        chance_(chance),
        path_(path),
        script_(std::move(script)),
        player_(script_),
        changed_(time.loop()) {
    MUST(!script_.certificate);
  }

  void begin() { answer(); }
  bool is_over() const { return is_over_; }
  const HeardSession& heard() const { return player_.heard(); }

  // The client's end. Who waits for `changed` looks again at everything.
  WakeSignal& changed() { return changed_; }
  bool is_closed() const { return is_closed_; }
  bool was_reset() const { return was_reset_; }
  bool is_at_end() const { return has_ended_ || was_reset_; }
  bool has_unread() const { return !arrived_.empty(); }
  std::size_t room() const { return window_bytes - unheard_; }

  std::size_t receive(std::span<char> into) {
    const auto count = std::min({into.size(), arrived_.size(), path_.piece_bytes});
    arrived_.copy(into.data(), count);
    arrived_.erase(0, count);
    return count;
  }

  void send(std::string bytes) {
    unheard_ += bytes.size();
    time_.call_after(path_.there, [self = shared_from_this(), bytes = std::move(bytes)] {
      self->reach_server(bytes);
    });
  }

  void close() {
    if (std::exchange(is_closed_, true)) return;
    changed_.wake();
    time_.call_after(path_.there, [self = shared_from_this()] {
      self->player_.hear_end();
      self->is_over_ = true;
    });
  }

 private:
  void reach_server(std::string_view bytes) {
    bytes = bytes.substr(0, path_.takes_bytes - taken_);
    taken_ += bytes.size();
    unheard_ -= bytes.size();
    changed_.wake();
    while (!bytes.empty() && !is_deaf()) {
      const auto piece = bytes.substr(0, path_.piece_bytes);
      bytes.remove_prefix(piece.size());
      player_.hear(piece);
      answer();
    }
    // Whoever sends to one who has gone is told so.
    if (!bytes.empty()) set_out([](Wire& wire) { wire.was_reset_ = true; });
  }

  bool is_deaf() const { return has_hung_up_ && !player_.listens_to_the_end(); }

  void answer() {
    const auto words = player_.take_words();
    const auto at_a_time = path_.trickle == Duration::zero() ? words.size() : 1;
    for (std::size_t at = 0; at < words.size(); at += at_a_time) {
      set_out([some = words.substr(at, at_a_time)](Wire& wire) { wire.arrived_ += some; });
    }
    const auto wish = player_.wish();
    MUST(wish != ScriptPlayer::Wish::shake_hands);
    if (wish == ScriptPlayer::Wish::hear || std::exchange(has_hung_up_, true)) return;
    const bool resets = wish == ScriptPlayer::Wish::reset;
    set_out([resets](Wire& wire) { (resets ? wire.was_reset_ : wire.has_ended_) = true; });
    is_over_ = resets || is_deaf();
  }

  // What the server does arrives in the order in which it does it.
  void set_out(std::function<void(Wire&)> what) {
    std::uniform_int_distribution<Duration::rep> up_to(0, path_.hesitation.count());
    const Duration hesitation(up_to(chance_));
    const auto now = time_.steady();
    last_arrival_ = std::max(last_arrival_ + path_.trickle, now + path_.back + hesitation);
    time_.call_after(last_arrival_ - now, [self = shared_from_this(), what = std::move(what)] {
      what(*self);
      self->changed_.wake();
    });
  }

  VirtualTime& time_;
  std::mt19937_64& chance_;
  const Path path_;
  const Script script_;
  ScriptPlayer player_;
  std::size_t taken_ = 0;  // by the server, of the client's bytes
  bool has_hung_up_ = false;
  bool is_over_ = false;  // the server hears no more of it
  SteadyInstant last_arrival_ = {};

  WakeSignal changed_;
  std::string arrived_;      // not yet read
  std::size_t unheard_ = 0;  // sent, and not taken by the server
  bool has_ended_ = false;   // in an orderly way
  bool was_reset_ = false;
  bool is_closed_ = false;
};

// The client's end. One call of read_some() or write() at a time.
class SimulatedNetwork::WireEnd final : public Stream {
 public:
  WireEnd(VirtualTime& time, std::shared_ptr<Wire> wire, Endpoint local, Endpoint remote)
      : time_(time), wire_(std::move(wire)), local_(local), remote_(remote) {}
  ~WireEnd() override { wire_->close(); }

  Awaitable<Result<std::size_t>> read_some(std::span<char> into) override {
    for (;;) {
      if (auto error = end_of_calls()) co_return *error;
      if (wire_->has_unread()) co_return wire_->receive(into);
      if (wire_->is_at_end()) co_return closed_by_other_end();
      co_await wait_for_change();
    }
  }

  Awaitable<Result<>> write(std::string_view bytes) override {
    while (!bytes.empty()) {
      if (auto error = end_of_calls()) co_return *error;
      if (wire_->was_reset()) co_return closed_by_other_end();
      const auto some = bytes.substr(0, wire_->room());
      if (some.empty()) {
        co_await wait_for_change();
      } else {
        wire_->send(std::string(some));
        bytes.remove_prefix(some.size());
      }
    }
    co_return Result<>{};
  }

  void expire_after(Duration limit) override {
    deadline_ = time_.steady() + limit;
    wire_->changed().wake();
  }

  bool is_quiet() override {
    return !wire_->is_closed() && !wire_->has_unread() && !wire_->is_at_end();
  }
  void close() override { wire_->close(); }
  std::optional<Endpoint> local() const override { return local_; }
  std::optional<Endpoint> remote() const override { return remote_; }

 private:
  std::optional<Error> end_of_calls() const {
    if (wire_->is_closed()) return Error{Fault::closed, "connection closed by us"};
    if (deadline_ && time_.steady() >= *deadline_) {
      return Error{Fault::timeout, "no progress within the limit"};
    }
    return std::nullopt;
  }

  Awaitable<> wait_for_change() {
    if (!deadline_) co_return co_await wire_->changed().wait();
    co_await wire_->changed().wait_at_most(&time_, *deadline_ - time_.steady());
  }

  VirtualTime& time_;
  const std::shared_ptr<Wire> wire_;
  const Endpoint local_;
  const Endpoint remote_;
  std::optional<SteadyInstant> deadline_;
};

struct SimulatedNetwork::Host {
  std::vector<Script> scripts;
  Path path;
  std::vector<std::shared_ptr<Wire>> wires = {};
};

class SimulatedNetwork::SimulatedReceiver final : public peers::Receiver {
 public:
  SimulatedReceiver(SimulatedNetwork& network, Endpoint endpoint, std::shared_ptr<Host> host)
      : network_(network), endpoint_(endpoint), host_(std::move(host)) {
    network_.hosts_.emplace(endpoint_, host_);
  }
  ~SimulatedReceiver() override { network_.hosts_.erase(endpoint_); }

  Endpoint endpoint() const override { return endpoint_; }

  std::vector<HeardSession> heard(std::size_t count) override {
    const auto& wires = host_->wires;
    const auto is_over = [](const auto& wire) { return wire->is_over(); };
    const auto have_ended = [&wires, is_over, count] {
      const auto end = wires.begin() + static_cast<std::ptrdiff_t>(std::min(count, wires.size()));
      return wires.size() >= count && std::all_of(wires.begin(), end, is_over);
    };
    (void)network_.time_.run_until(have_ended, patience);
    std::vector<HeardSession> sessions;
    for (const auto& wire : wires)
      if (wire->is_over()) sessions.push_back(wire->heard());
    return sessions;
  }

 private:
  SimulatedNetwork& network_;
  const Endpoint endpoint_;
  const std::shared_ptr<Host> host_;
};

SimulatedNetwork::SimulatedNetwork(VirtualTime& time, std::uint64_t seed)
    : time_(time), chance_(seed) {}

std::unique_ptr<peers::Receiver> SimulatedNetwork::receiver(std::vector<Script> scripts,
                                                            Path path) {
  MUST(!scripts.empty());
  auto host = std::make_shared<Host>(Host{.scripts = std::move(scripts), .path = path});
  return std::make_unique<SimulatedReceiver>(*this, next_endpoint(), std::move(host));
}

Endpoint SimulatedNetwork::dead_end() {
  return next_endpoint();
}

Endpoint SimulatedNetwork::silence() {
  return *silent_.insert(next_endpoint()).first;
}

std::size_t SimulatedNetwork::messages_heard() const {
  std::size_t count = 0;
  for (const auto& [endpoint, host] : hosts_)
    for (const auto& wire : host->wires)
      count += wire->heard().whole_messages;
  return count;
}

Awaitable<Result<std::unique_ptr<Stream>>> SimulatedNetwork::connect(
    Endpoint to, std::optional<IpAddress> source) {
  if (source && !is_ours(*source)) {
    co_return Error{Fault::config, "no local socket: Cannot assign requested address"};
  }
  if (silent_.contains(to)) {
    WakeSignal never(time_.loop());
    co_await never.wait();
  }
  const auto found = hosts_.find(to);
  if (found == hosts_.end()) co_return Error{Fault::network, "Connection refused"};
  const auto host = found->second;
  co_await time_.sleep(host->path.there + host->path.back);
  const auto which = std::min(host->wires.size(), host->scripts.size() - 1);
  auto wire = std::make_shared<Wire>(time_, chance_, host->path, host->scripts[which]);
  host->wires.push_back(wire);
  wire->begin();
  auto local = next_endpoint();
  if (source) local.address = *source;
  co_return std::make_unique<WireEnd>(time_, std::move(wire), local, to);
}

Endpoint SimulatedNetwork::next_endpoint() {
  return {*IpAddress::parse("127.0.0.1"), next_port_++};
}

}  // namespace greyhound::world
