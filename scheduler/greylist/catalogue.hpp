// Catalogue: the greylisters that are known, and what follows from knowing them.
// Runs on: any. Immutable once made; shared by all decisions until a reload brings another.
#pragma once

#include <utility>

#include "scheduler/greylist/greylister.hpp"
#include "scheduler/greylist/signatures.hpp"
#include "scheduler/greylist/window_prior.hpp"

namespace greyhound::scheduler {

class Catalogue {
 public:
  explicit Catalogue(Greylisters greylisters)
      : greylisters_(std::move(greylisters)), prior_(greylisters_), signatures_(greylisters_) {}

  const Greylisters& greylisters() const { return greylisters_; }
  const WindowPrior& prior() const { return prior_; }
  const Signatures& signatures() const { return signatures_; }

 private:
  Greylisters greylisters_;
  WindowPrior prior_;
  Signatures signatures_;
};

}  // namespace greyhound::scheduler
