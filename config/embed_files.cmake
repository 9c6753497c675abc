# Writes the shipped defaults and the schemas as C++ strings, so that the program needs no file of
# its own. Run at build time: cmake -DSOURCE=<folder> -DOUTPUT=<file.cpp> -P embed_files.cmake
# C++ promises no literal of more than 64 KiB; both compilers here take any length.
set(text "#include \"config/embedded.hpp\"\n
#pragma GCC diagnostic ignored \"-Woverlength-strings\"\n\nnamespace greyhound::config {\n")
foreach(name greyhound retry notification greylisters replies)
  file(READ "${SOURCE}/${name}.json" defaults)
  file(READ "${SOURCE}/schema/${name}.schema.json" schema)
  string(APPEND text
    "\nconst std::string_view ${name}_defaults = R\"embedded(${defaults})embedded\";\n"
    "\nconst std::string_view ${name}_schema = R\"embedded(${schema})embedded\";\n")
endforeach()
file(READ "${SOURCE}/schema/peer_schedules.schema.json" schema)
string(APPEND text
  "\nconst std::string_view peer_schedules_schema = R\"embedded(${schema})embedded\";\n")
file(READ "${SOURCE}/schema/notice_texts.schema.json" schema)
string(APPEND text
  "\nconst std::string_view notice_texts_schema = R\"embedded(${schema})embedded\";\n")
foreach(language de en es fr)
  file(READ "${SOURCE}/notices/${language}.json" words)
  string(APPEND text
    "\nconst std::string_view notices_${language} = R\"embedded(${words})embedded\";\n")
endforeach()
string(APPEND text "\n}  // namespace greyhound::config\n")
file(WRITE "${OUTPUT}" "${text}")
