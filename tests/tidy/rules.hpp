// The rules that the tree is held to, one function each: files in, offenders out, each as
// "path:line: what is wrong". Empty: the rule holds.
// Source: docs/ARCHITECTURE.md (layers), CONTRIBUTING.md (house style).
#pragma once

#include <string>
#include <vector>

#include "tidy/source_file.hpp"

namespace greyhound::tidy {

using Files = std::vector<SourceFile>;
using Offenders = std::vector<std::string>;

// Folders include only what lies below them; config sees of others only their settings.
Offenders breaks_in_layers(const Files& files);

// Libraries of others stay where they are wrapped.
Offenders strays_of_third_parties(const Files& files);

// Time, chance, sleeping and the start of coroutines each have one home.
Offenders banned_calls(const Files& files);

Offenders long_files(const Files& files);   // over 400 lines (headers: 150) without a reason given
Offenders long_lines(const Files& files);   // over 100 columns
Offenders bad_headers(const Files& files);  // no opening comment or no #pragma once
Offenders vague_folders(const Files& files);

// Two types of one name in one namespace: each compiles in its own files, and what the program then
// does is undefined (C++20 [basic.def.odr]). No compiler says it.
Offenders types_of_one_name(const Files& files);

Offenders unfinished_work(const Files& files);  // marks of things left to do

}  // namespace greyhound::tidy
