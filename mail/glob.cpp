#include "mail/glob.hpp"

#include <algorithm>

namespace greyhound::mail {

namespace {

constexpr char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same(char a, char b) {
  return lower(a) == lower(b);
}

}  // namespace

// Linear with one fallback point: the last star seen takes one more character at a mismatch.
bool matches_glob(std::string_view pattern, std::string_view subject) {
  std::size_t p = 0;
  std::size_t s = 0;
  std::size_t star = std::string::npos;
  std::size_t taken = 0;
  while (s < subject.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      taken = s;
    } else if (p < pattern.size() && (pattern[p] == '?' || is_same(pattern[p], subject[s]))) {
      ++p;
      ++s;
    } else if (star != std::string::npos) {
      p = star + 1;
      s = ++taken;
    } else {
      return false;
    }
  }
  return std::all_of(pattern.begin() + static_cast<std::ptrdiff_t>(p), pattern.end(), [](char c) {
    return c == '*';
  });
}

bool matches_any(const std::vector<std::string>& globs, std::string_view text) {
  if (globs.empty()) return true;
  return std::any_of(globs.begin(), globs.end(), [text](const std::string& glob) {
    return matches_glob(glob, text);
  });
}

}  // namespace greyhound::mail
