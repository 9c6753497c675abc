// Permit: room for one attempt at one site; given back when it goes. With the attempt made and only
// its record missing, the next one may go to the site; of such there may be as many again, so that
// a slow disk slows down the sending.
// Owner: who makes the attempt; the Pacer outlives it. Runs on: the home loop.
#pragma once

#include <string>

#include "scheduler/site_health.hpp"

namespace greyhound::scheduler {

class Pacer;
struct SiteLine;

class Permit {
 public:
  Permit(Pacer& pacer, SiteLine& line);
  Permit(Permit&& other) noexcept;
  Permit& operator=(Permit&& other) noexcept;
  ~Permit() { give_back(); }

  const std::string& site() const;
  bool had_to_wait() const { return had_to_wait_; }
  SiteHealth::Change attempt_is_made(SiteAnswer answer, queue::DeliveryId delivery);

 private:
  friend class Pacer;
  void give_back();
  void end_probe();
  void end_first();

  Pacer* pacer_;  // null: moved away
  SiteLine* line_;
  SteadyInstant began_;
  bool had_to_wait_ = false;
  bool is_made_ = false;
  bool is_probe_ = false;
  bool is_first_ = false;
};

}  // namespace greyhound::scheduler
