// When it is time to give a parser of HTTP what has come of a body in chunks.
// Source: RFC 9112 section 7.1 (the shortest body is the last chunk and an empty line).
// Runs on: any. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace greyhound::runtime {

// Beast aborts over a last chunk that it gets in pieces. No other place needs to wait: however the
// body goes on, as much as this still follows.
constexpr bool is_enough_to_parse(bool is_in_chunks, std::size_t waiting_bytes) {
  constexpr std::string_view shortest = "0\r\n\r\n";
  return waiting_bytes >= (is_in_chunks ? shortest.size() : 1);
}

}  // namespace greyhound::runtime
