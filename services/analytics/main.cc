#include "common/app/run.h"
#include "services/analytics/app.h"

int main(int argc, char** argv) {
  return allmende::app::RunApplication(argc, argv, "allmende-analytics", &allmende::analytics::Bind);
}
