// One file of the tree as the rules see it: its lines, its includes, and its code without comments
// and string contents, so that a word in a comment breaks no rule about calls.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace greyhound::tidy {

struct Include {
  std::size_t line;    // from 1
  std::string target;  // "mail/reply.hpp", without its quotes or brackets
  bool is_ours;        // in quotes
};

struct SourceFile {
  std::string path;    // from the root of the tree, with '/'
  std::string folder;  // its first part
  std::vector<std::string> lines;
  std::vector<std::string> code;  // the same lines, comments gone, strings emptied
  std::vector<Include> includes;
  std::string first_comment;  // the // lines that the file opens with

  bool is_header() const { return path.ends_with(".hpp"); }
};

SourceFile make_source_file(std::string path, std::string_view text);

// Every .hpp and .cpp under the folders that hold code of ours, by path.
std::vector<SourceFile> read_tree(const std::filesystem::path& root);

}  // namespace greyhound::tidy
