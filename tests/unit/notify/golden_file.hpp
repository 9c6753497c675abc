// Stored notices of the tree, and programs that read them.
#pragma once

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace greyhound::notify::testing {

inline std::filesystem::path golden_path(const std::string& name) {
  return std::filesystem::path(GREYHOUND_SOURCE_DIR) / "tests/golden/notify" / (name + ".eml");
}

inline std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

struct Run {
  int exit_status;
  std::string output;  // and what it complained of
};

inline Run run(const std::string& command) {
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return {-1, "popen failed"};
  Run result{0, {}};
  std::array<char, 4096> buffer{};
  while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe))
    result.output.append(buffer.data(), count);
  result.exit_status = pclose(pipe);
  return result;
}

inline bool has_python() {
  return run("python3 -c 'import email.policy'").exit_status == 0;
}

// A script beside the tests, with one argument.
inline Run run_script(const std::string& name, const std::filesystem::path& argument) {
  const auto script = std::filesystem::path(GREYHOUND_SOURCE_DIR) / "tests/unit/notify" / name;
  return run("python3 '" + script.string() + "' '" + argument.string() + "'");
}

}  // namespace greyhound::notify::testing
