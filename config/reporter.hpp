// Reporter: adds problems of one file that only show when values are seen together.
#pragma once

#include <string>
#include <utility>

#include "config/problem.hpp"
#include "config/setting.hpp"

namespace greyhound::config {

class Reporter {
 public:
  Reporter(std::string file, Problems& problems) : file_(std::move(file)), problems_(problems) {}

  void error(const Setting& where, std::string what, std::string suggestion) {
    add(Problem::Severity::error, where, std::move(what), std::move(suggestion));
  }
  void warning(const Setting& where, std::string what, std::string suggestion) {
    add(Problem::Severity::warning, where, std::move(what), std::move(suggestion));
  }

 private:
  void add(Problem::Severity severity, const Setting& where, std::string what, std::string better) {
    problems_.push_back(
        {severity, file_, where.node().line, where.pointer(), std::move(what), std::move(better)});
  }

  std::string file_;
  Problems& problems_;
};

}  // namespace greyhound::config
