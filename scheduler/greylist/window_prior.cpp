#include "scheduler/greylist/window_prior.hpp"

#include <algorithm>
#include <array>

namespace greyhound::scheduler {
namespace {

// Found by simulation over the catalogue and over random windows: less of the flat part finds odd
// windows too late, more of it spends knocks on windows that nobody has.
constexpr double flat_share = 0.3;
constexpr double two_step_flat_share = 0.4;
constexpr double two_step_share = 0.15;  // against one for the plain kind

// The flat part: most administrators stay within the hour.
struct Plateau {
  double from;
  double to;
  double weight;
};
constexpr std::array<Plateau, 2> plateaus{{{0, 3600, 0.85}, {3600, 14400, 0.15}}};

Mass flat(double above, double upto) {
  Mass sum;
  for (const auto& plateau : plateaus) {
    const auto from = std::max(above, plateau.from);
    const auto to = std::min(upto, plateau.to);
    if (to <= from) continue;
    const auto weight = plateau.weight * (to - from) / (plateau.to - plateau.from);
    sum.weight += weight;
    sum.moment += weight * (from + to) / 2;
  }
  return sum;
}

Mass mixed(const Mass& spikes, const Mass& even, double even_share, double whole) {
  return {.weight = whole * ((1 - even_share) * spikes.weight + even_share * even.weight),
          .moment = whole * ((1 - even_share) * spikes.moment + even_share * even.moment)};
}

}  // namespace

WindowPrior::WindowPrior(const Greylisters& known) {
  for (const auto& one : known) {
    if (!one.window) continue;
    const auto length = std::chrono::duration<double>(*one.window).count();
    add(one.third_contact ? two_step_ : plain_, length);
  }
  normalise(plain_);
  normalise(two_step_);
}

void WindowPrior::add(Part& part, double length) {
  const auto at = std::lower_bound(part.lengths.begin(), part.lengths.end(), length);
  const auto index = at - part.lengths.begin();
  if (at == part.lengths.end() || *at != length) {
    part.lengths.insert(at, length);
    part.weights.insert(part.weights.begin() + index, 0.0);
  }
  part.weights[static_cast<std::size_t>(index)] += 1;
}

void WindowPrior::normalise(Part& part) {
  double sum = 0;
  for (const auto weight : part.weights)
    sum += weight;
  for (auto& weight : part.weights)
    weight /= sum;
}

Mass WindowPrior::in(const Part& part, double above, double upto) {
  Mass sum;
  for (std::size_t i = 0; i < part.lengths.size(); ++i) {
    const auto length = part.lengths[i];
    const bool is_inside = length <= upto && (length > above || (length == 0 && above <= 0));
    if (!is_inside) continue;
    sum.weight += part.weights[i];
    sum.moment += part.weights[i] * length;
  }
  return sum;
}

Mass WindowPrior::plain(double above, double upto) const {
  return mixed(in(plain_, above, upto), flat(above, upto), flat_share, 1);
}

Mass WindowPrior::two_step(double above, double upto) const {
  return mixed(in(two_step_, above, upto), flat(above, upto), two_step_flat_share, two_step_share);
}

}  // namespace greyhound::scheduler
