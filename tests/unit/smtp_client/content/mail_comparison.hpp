// Shows messages before and after a conversion to Python's email package, which is not ours.
#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include <unistd.h>

namespace greyhound::smtp {

class MailComparison {
 public:
  MailComparison()
      : folder_(std::filesystem::temp_directory_path() /
                ("greyhound-mail-" + std::to_string(::getpid()))) {
    std::filesystem::create_directories(folder_);
  }
  MailComparison(const MailComparison&) = delete;
  MailComparison& operator=(const MailComparison&) = delete;
  ~MailComparison() { std::filesystem::remove_all(folder_); }

  void add(const std::string& name, const std::string& before, const std::string& after) {
    std::ofstream(folder_ / (name + ".before"), std::ios::binary) << before;
    std::ofstream(folder_ / (name + ".after"), std::ios::binary) << after;
  }

  // Empty: every pair means the same.
  std::string differences() const {
    const auto command = "python3 " GREYHOUND_SOURCE_DIR
                         "/tests/unit/smtp_client/content/compare_mail.py " +
                         folder_.string() + " 2>&1";
    std::string said;
    FILE* const output = ::popen(command.c_str(), "r");
    std::array<char, 4096> block{};
    for (std::size_t count = 1; count > 0;) {
      count = std::fread(block.data(), 1, block.size(), output);
      said.append(block.data(), count);
    }
    return ::pclose(output) == 0 ? said : "the comparison failed: " + said;
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace greyhound::smtp
