// Reporter: adds problems of one file that only show when values are seen together.
#pragma once

#include <cstdint>
#include <fstream>
#include <string>
#include <utility>

#include "config/problem.hpp"
#include "config/setting.hpp"

namespace greyhound::config {

// Files that the settings name, such as keys and passwords: the agent may read them, and whoever
// only calls it may not.
enum class NamedFiles : std::uint8_t { read, left_alone };

class Reporter {
 public:
  Reporter(std::string file, Problems& problems, NamedFiles files = NamedFiles::read)
      : file_(std::move(file)), problems_(problems), files_(files) {}

  bool reads_files() const { return files_ == NamedFiles::read; }
  // Opened once here: better now than when it is first needed.
  void check_readable(const Setting& file, std::string suggestion) {
    const bool is_worth_it = reads_files() && !file.node().is_refused;
    if (is_worth_it && !std::ifstream(file.text()))
      error(file, "cannot be read", std::move(suggestion));
  }

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
  NamedFiles files_;
};

}  // namespace greyhound::config
