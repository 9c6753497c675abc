// BadInput: one bad file, and the one problem that is found in it: file, line, pointer, words and
// suggestion. The cases stand by file in *_json_problems_test.cpp.
#pragma once

#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "config/problem.hpp"

namespace greyhound::config {

struct Bad {
  const char* name;
  const char* file;
  std::string text;
  Problem::Severity severity;
  unsigned line;
  const char* pointer;
  const char* what;
  const char* suggestion;
};

inline std::ostream& operator<<(std::ostream& out, const Bad& bad) {
  return out << bad.name;
}

class BadInput : public testing::TestWithParam<Bad> {};

inline std::string name_of(const testing::TestParamInfo<Bad>& info) {
  return info.param.name;
}

}  // namespace greyhound::config
