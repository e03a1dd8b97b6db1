# cmake -DINPUT=x.binpb -DOUTPUT=x.cc -P embed.cmake: the bytes of a file as a C++ source.
file(READ ${INPUT} bytes HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${bytes}")
file(WRITE ${OUTPUT} "// Generated from the protos.
#include \"services/gateway/openapi/descriptors.h\"

namespace allmende::gateway {
namespace {
constexpr char kBytes[] = {${bytes}};
}  // namespace
std::string_view EmbeddedDescriptors() { return {kBytes, sizeof(kBytes)}; }
}  // namespace allmende::gateway
")
