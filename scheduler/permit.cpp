#include "scheduler/permit.hpp"

#include <utility>

#include "runtime/must.hpp"
#include "scheduler/pacer.hpp"

namespace greyhound::scheduler {

Permit::Permit(Pacer& pacer, SiteLine& line)
    : pacer_(&pacer), line_(&line), began_(pacer.clock_.steady()) {}

const std::string& Permit::site() const {
  return line_->site;
}

Permit::Permit(Permit&& other) noexcept
    : pacer_(std::exchange(other.pacer_, nullptr)),
      line_(other.line_),
      began_(other.began_),
      had_to_wait_(other.had_to_wait_),
      is_made_(other.is_made_),
      is_probe_(other.is_probe_),
      is_first_(other.is_first_) {}

Permit& Permit::operator=(Permit&& other) noexcept {
  if (this == &other) return *this;
  give_back();
  pacer_ = std::exchange(other.pacer_, nullptr);
  line_ = other.line_;
  began_ = other.began_;
  had_to_wait_ = other.had_to_wait_;
  is_made_ = other.is_made_;
  is_probe_ = other.is_probe_;
  is_first_ = other.is_first_;
  return *this;
}

void Permit::give_back() {
  if (pacer_ == nullptr) return;
  end_probe();
  end_first();
  pacer_->give_back(*line_, is_made_);
}

void Permit::end_probe() {
  if (!std::exchange(is_probe_, false)) return;
  --pacer_->probing_;
  pacer_->let_next_probe();
}

void Permit::end_first() {
  if (std::exchange(is_first_, false)) --line_->first_running;
}

SiteHealth::Change Permit::attempt_is_made(SiteAnswer answer, queue::DeliveryId delivery) {
  MUST(pacer_ != nullptr && !is_made_ && line_->running > 0);
  is_made_ = true;
  auto change = SiteHealth::Change::none;
  if (line_->health != nullptr) {
    const SiteHealth::End end{
        .answer = answer, .delivery = delivery, .began = began_, .most = line_->per_site};
    change = line_->health->note_end(end, pacer_->clock_.steady());
    if (change == SiteHealth::Change::revived) pacer_->note_revival(*line_);
    pacer_->update_rest(*line_);
  }
  end_probe();
  end_first();
  --pacer_->running_;
  ++pacer_->recording_;
  --line_->running;
  ++line_->recording;
  pacer_->serve_after_change(*line_);
  return change;
}

}  // namespace greyhound::scheduler
