/*
 * The .NET runtime looks for its cgroup's limits when it starts, and for that reads /proc/self/mountinfo twice, to the end:
 * 3.8 ms where a node has 1000 mounts, more than all the rest of an ADD, and a node has several mounts for each container.
 * The plugin lives for milliseconds and needs no limit. So it is told that there is no such file; the runtime then goes on
 * without (linked with --wrap, see CniPlugin.csproj and docs/decisions/0006-no-mountinfo.md).
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

FILE *__real_fopen(const char *path, const char *mode);
FILE *__real_fopen64(const char *path, const char *mode);

static int hidden(const char *path)
{
    if (strcmp(path, "/proc/self/mountinfo") != 0)
        return 0;
    errno = ENOENT;
    return 1;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
    return hidden(path) ? NULL : __real_fopen(path, mode);
}

FILE *__wrap_fopen64(const char *path, const char *mode)
{
    return hidden(path) ? NULL : __real_fopen64(path, mode);
}
