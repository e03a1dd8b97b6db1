// What the libraries say goes through our log, so that stderr has nothing but JSON lines, and a peer that goes away is
// an error of write() and not the end of the process.
#pragma once

namespace allmende::app {

// Once per process; further calls do nothing.
void PrepareLibraries();

}  // namespace allmende::app
