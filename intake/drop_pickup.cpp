#include "intake/drop_pickup.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "intake/session.hpp"
#include "mail/enhanced_status.hpp"

namespace greyhound::intake {
namespace {

using Kind = DropVerdict::Kind;

constexpr std::size_t commands_beside_recipients = 8;

std::size_t max_commands(const IntakeSettings& settings) {
  return settings.max_recipients + commands_beside_recipients;
}

std::uint64_t max_file_bytes(const IntakeSettings& settings) {
  return settings.max_message_bytes + max_commands(settings) * settings.max_command_bytes;
}

// The disk's own thread runs these.
Awaitable<DropFiles::Look> look_there(DropFiles* files, Instant now) {
  co_return files->look(now);
}
Awaitable<std::optional<DropFile>> take_there(DropFiles* files, std::string name, Instant now) {
  co_return files->take(name, now);
}
Awaitable<bool> remove_there(DropFiles* files, const DropFile* file) {
  co_return files->remove(*file);
}
Awaitable<bool> set_aside_there(DropFiles* files, const DropFile* file) {
  co_return files->set_aside(*file);
}
Awaitable<> leave_there(DropFiles* files, std::string name, Instant now) {
  files->leave_unfinished(name, now);
  co_return;
}

Awaitable<> serve(Session* session) {
  co_await session->run();
}

// As the reply has it, or what stands for one that has none.
std::string status_of(const DropVerdict& verdict) {
  constexpr std::size_t code_and_space = 4;
  const auto& text = verdict.reply;
  if (text.size() > code_and_space) {
    const auto end = text.find(' ', code_and_space);
    const auto word = text.substr(code_and_space, end - code_and_space);
    if (const auto status = mail::EnhancedStatus::parse(word)) return status->to_string();
  }
  return verdict.kind == Kind::refused ? "5.6.0" : "4.3.0";
}

}  // namespace

DropPickup::DropPickup(const Executor& home, const std::filesystem::path& folder, Parts parts)
    : parts_(std::move(parts)),
      files_(folder, max_file_bytes(parts_.session.settings), parts_.session.log),
      tasks_(home),
      stopped_(home) {}

void DropPickup::start() {
  tasks_.spawn("drop pickup", keep_looking());
}

// Nothing is cancelled: a file must not be left behind whose message is in the queue already.
Awaitable<> DropPickup::stop() {
  is_stopping_ = true;
  stopped_.wake();
  co_await tasks_.join();
}

Awaitable<> DropPickup::keep_looking() {
  while (!is_stopping_) {
    co_await remove_stuck();
    co_await look();
    const bool has_more = co_await take_turns();
    if (!has_more && !is_stopping_) co_await stopped_.wait_at_most(&parts_.session.clock, pause);
  }
}

Awaitable<> DropPickup::look() {
  turns_.forget();
  for (std::size_t i = 0; i < looks_at_once && !is_stopping_; ++i) {
    const auto now = parts_.session.clock.wall();
    auto seen = co_await run_on(parts_.disk, look_there(&files_, now));
    for (auto& file : seen.files)
      if (may_take(file)) turns_.add(std::move(file));
    if (seen.is_at_end) co_return;
  }
}

// True: there are more, and it is of use to go on with them at once.
Awaitable<bool> DropPickup::take_turns() {
  bool has_taken = false;
  for (auto file = turns_.next(); file && !is_stopping_; file = turns_.next()) {
    if (!may_take(*file)) continue;
    const bool is_taken = co_await pick_up(std::move(file->name));
    has_taken = has_taken || is_taken;
  }
  const bool goes_on = has_taken && turns_.has_left_out();
  co_return goes_on;
}

// True: the file is dealt with for good.
Awaitable<bool> DropPickup::pick_up(std::string name) {
  const auto now = parts_.session.clock.wall();
  auto file = co_await run_on(parts_.disk, take_there(&files_, std::move(name), now));
  if (!file || stuck_.contains(file->uid)) co_return false;
  auto verdict = co_await hand_in(*file);
  co_return co_await settle(std::move(*file), std::move(verdict));
}

Awaitable<DropVerdict> DropPickup::hand_in(DropFile file) {
  const auto verdict = std::make_shared<DropVerdict>();
  const auto most = max_commands(parts_.session.settings);
  auto stream = std::make_unique<DropStream>(std::move(file), parts_.disk, most, verdict);
  Session session(std::move(stream), parts_.session);
  co_await run_on(parts_.sessions, serve(&session));
  co_return *verdict;
}

Awaitable<bool> DropPickup::settle(DropFile file, DropVerdict verdict) {
  auto& log = parts_.session.log;
  const auto& name = file.name;
  const auto client = "uid " + std::to_string(file.uid);
  const auto status = status_of(verdict);
  switch (verdict.kind) {
    case Kind::accepted:
      log.info("drop_taken",
               {{"file", name}, {"status", status}, {"client", client}, {"reply", verdict.reply}});
      postponed_.erase(name);
      co_return co_await remove_accepted(std::move(file));
    case Kind::refused: {
      log.warning("drop_refused",
                  {{"file", name}, {"status", status}, {"client", client}, {"why", verdict.reply}});
      const bool is_aside = co_await run_on(parts_.disk, set_aside_there(&files_, &file));
      if (is_aside) postponed_.erase(name);
      if (!is_aside) postpone(name);
      co_return is_aside;
    }
    case Kind::unfinished: {
      log.info("drop_unfinished",
               {{"file", name}, {"status", status}, {"client", client}, {"why", verdict.reply}});
      postpone(name);
      const auto now = parts_.session.clock.wall();
      co_await run_on(parts_.disk, leave_there(&files_, name, now));
      co_return false;
    }
    case Kind::deferred:
    case Kind::open:
      log.info("drop_deferred",
               {{"file", name}, {"status", status}, {"client", client}, {"why", verdict.reply}});
      postpone(name);
      break;
  }
  co_return false;
}

Awaitable<bool> DropPickup::remove_accepted(DropFile file) {
  const bool is_gone = co_await run_on(parts_.disk, remove_there(&files_, &file));
  if (is_gone) co_return true;
  parts_.session.log.error(
      "drop_not_removed",
      {{"file", file.name}, {"status", "4.3.0"}, {"client", "uid " + std::to_string(file.uid)}});
  const auto uid = file.uid;
  stuck_.insert_or_assign(uid, std::move(file));
  co_return false;
}

Awaitable<> DropPickup::remove_stuck() {
  for (auto at = stuck_.begin(); at != stuck_.end();) {
    const bool is_gone = co_await run_on(parts_.disk, remove_there(&files_, &at->second));
    at = is_gone ? stuck_.erase(at) : std::next(at);
  }
}

bool DropPickup::may_take(const WaitingDrop& file) const {
  if (stuck_.size() >= max_stuck || stuck_.contains(file.uid)) return false;
  const auto found = postponed_.find(file.name);
  return found == postponed_.end() || found->second.until <= parts_.session.clock.steady();
}

void DropPickup::postpone(const std::string& name) {
  if (postponed_.size() >= max_postponed) postponed_.clear();  // they are only tried earlier
  auto& entry = postponed_[name];
  entry.wait = std::clamp<Duration>(2 * entry.wait, first_wait, longest_wait);
  entry.until = parts_.session.clock.steady() + entry.wait;
}

}  // namespace greyhound::intake
