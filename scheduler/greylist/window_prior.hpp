// WindowPrior: how likely each length of a greylist window is before anything was seen of a site:
// spikes where known greylisters have theirs, and a flat part for all the others.
// Units: seconds, as doubles: sums over an interval are what it is asked for.
// Runs on: any. Immutable once made. Pure.
#pragma once

#include <vector>

#include "scheduler/greylist/greylister.hpp"

namespace greyhound::scheduler {

// Probability, and the sum of probability times window.
struct Mass {
  double weight = 0;
  double moment = 0;
};

class WindowPrior {
 public:
  explicit WindowPrior(const Greylisters& known);

  // Of windows in (above, upto]; a window of no length belongs to every interval from 0.
  Mass plain(double above, double upto) const;
  // Of those whose first contact after the window only opens the door.
  Mass two_step(double above, double upto) const;

  // Lengths of known windows, ascending.
  const std::vector<double>& plain_lengths() const { return plain_.lengths; }
  const std::vector<double>& two_step_lengths() const { return two_step_.lengths; }

 private:
  struct Part {
    std::vector<double> lengths;
    std::vector<double> weights;  // together 1
  };
  static void add(Part& part, double length);
  static void normalise(Part& part);
  static Mass in(const Part& part, double above, double upto);

  Part plain_;
  Part two_step_;
};

}  // namespace greyhound::scheduler
