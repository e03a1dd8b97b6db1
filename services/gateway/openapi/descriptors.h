// The descriptors of all protos with their comments, embedded at build time. What is linked into a process has no
// comments, and this knows which files there are.
#pragma once

#include <google/protobuf/descriptor.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace allmende::gateway {

// google.protobuf.FileDescriptorSet, serialised.
std::string_view EmbeddedDescriptors();

// A pool of them with source positions, and the names of the files in it.
struct CommentedPool {
  std::unique_ptr<google::protobuf::DescriptorPool> pool;
  std::vector<std::string> files;

  // The services of the files in packages of Allmende, in order.
  std::vector<const google::protobuf::ServiceDescriptor*> Services() const;
};
CommentedPool LoadCommentedPool();

// The comment before a method, message, field, enum or value, as one text; empty where there is none.
template <typename Descriptor>
std::string CommentOf(const Descriptor& descriptor) {
  google::protobuf::SourceLocation location;
  if (!descriptor.GetSourceLocation(&location)) return {};
  std::string text;
  for (const char c : location.leading_comments) {
    const bool blank = c == ' ' || c == '\n';
    if (!blank) {
      text.push_back(c);
    } else if (!text.empty() && text.back() != ' ') {
      text.push_back(' ');
    }
  }
  if (!text.empty() && text.back() == ' ') text.pop_back();
  return text;
}

}  // namespace allmende::gateway
