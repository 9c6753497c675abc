#include "e2e/submitters.hpp"

#include <chrono>
#include <utility>

#include "e2e/numbered_letter.hpp"
#include "peers/blocking_client.hpp"

namespace greyhound::e2e {
namespace {

// So that the receivers keep up, and what the test measures is the agent and not its own backlog.
constexpr auto pause_between_letters = std::chrono::milliseconds(20);

}  // namespace

Submitters::Submitters(std::uint64_t seed, std::size_t count) : seed_(seed) {
  for (std::size_t i = 0; i < count; ++i)
    threads_.emplace_back([this] { work(); });
}

Submitters::~Submitters() {
  stop();
}

void Submitters::go_to(Endpoint intake) {
  const std::lock_guard guard(mutex_);
  intake_ = intake;
  ++moves_;
  changed_.notify_all();
}

void Submitters::stop() {
  {
    const std::lock_guard guard(mutex_);
    is_stopping_ = true;
    changed_.notify_all();
  }
  for (auto& thread : threads_)
    thread.join();
  threads_.clear();
}

std::vector<AcceptedLetter> Submitters::take_accepted() {
  const std::lock_guard guard(mutex_);
  return std::exchange(accepted_, {});
}

std::vector<std::string> Submitters::refusals() const {
  const std::lock_guard guard(mutex_);
  return refusals_;
}

void Submitters::work() {
  std::uint64_t seen = 0;
  while (const auto intake = next_intake(seen))
    talk(*intake);
}

std::optional<Endpoint> Submitters::next_intake(std::uint64_t& seen) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return is_stopping_ || moves_ > seen; });
  seen = moves_;
  return is_stopping_ ? std::nullopt : intake_;
}

// One session, until the agent is gone.
void Submitters::talk(const Endpoint& intake) {
  auto client = peers::BlockingClient::connect(intake);
  if (!client || !client->read_reply() || !client->say("EHLO client.example")) return;
  do {
    const auto number = ++last_number_;
    const auto letter = numbered_letter(seed_, number);
    const auto done = client->submit(letter);
    if (!done) return;
    if (done->end.code != 250) {
      note_refusal(done->end.to_string());
      continue;
    }
    AcceptedLetter accepted{.number = number, .recipients = {}};
    for (std::size_t i = 0; i < letter.recipients.size(); ++i) {
      const auto& reply = done->recipients[i];
      if (reply.code == 250) accepted.recipients.push_back(letter.recipients[i]);
      if (reply.code != 250) note_refusal(reply.to_string());
    }
    const std::lock_guard guard(mutex_);
    accepted_.push_back(std::move(accepted));
  } while (pauses());
}

bool Submitters::pauses() {
  std::unique_lock lock(mutex_);
  return !changed_.wait_for(lock, pause_between_letters, [this] { return is_stopping_; });
}

void Submitters::note_refusal(std::string text) {
  const std::lock_guard guard(mutex_);
  refusals_.push_back(std::move(text));
}

}  // namespace greyhound::e2e
