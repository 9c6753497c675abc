// UrgentMail: the backlog's deliveries that have a deadline, wherever in a domain's backlog they
// lie, so that their turn comes before the domain's. Keeps the nearest deadlines; the others wait
// for their domain's turn. Pure.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "queue/store_values.hpp"

namespace greyhound::scheduler {

class UrgentMail {
 public:
  explicit UrgentMail(std::size_t limit) : limit_(limit) {}

  void add(queue::DueEntry entry, Instant deadline);
  void remove(const queue::DueEntry& entry);
  void clear();
  bool is_empty() const { return all_.empty(); }

  // Domains with a delivery that is pressing (pacer.hpp) at this time.
  std::vector<std::string> pressing_domains(Instant now);
  // The first of those of one domain.
  std::optional<queue::DueEntry> first_pressing(const std::string& domain, Instant now);

 private:
  using Place = std::pair<Instant, queue::DeliveryId>;  // by deadline

  void drop(Place place);

  std::size_t limit_;
  std::map<Place, queue::DueEntry> all_;
  std::unordered_map<std::string, std::map<Place, const queue::DueEntry*>> in_domain_;
  std::unordered_map<queue::DeliveryId, Instant> deadlines_;
};

}  // namespace greyhound::scheduler
