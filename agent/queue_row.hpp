// One line of the queue list as a table wants it: what `greyhound queue list` shows of a delivery,
// ten times less than its whole view, and as many times faster to write and to read.
// Format: fields separated by tabs, in the order of QueueRow; control characters in them are
//         spaces.
// Errors: parse gives nullopt for what to_line() does not write.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "queue/store_values.hpp"

namespace greyhound::agent {

struct QueueRow {
  std::string delivery;
  std::string state;  // as in the delivery's view
  Instant arrived = {};
  std::uint32_t attempts = 0;
  Instant next = {};
  std::string domain;
  std::string why;  // what its open recipients were told last; empty: nothing yet
};

QueueRow queue_row(const queue::ListedDelivery& listed, bool is_active);

// Appends the line, its end included.
void append_line(std::string& to, const QueueRow& row);
std::optional<QueueRow> parse_queue_row(std::string_view line);  // without its end

}  // namespace greyhound::agent
