/*
 * What the .NET runtime would find out about the node when it starts, and the plugin, which lives for milliseconds, does not need
 * (linked with --wrap, see CniPlugin.csproj; docs/decisions/0001-static-plugin.md has the gains).
 *
 * Files that it is told do not exist, and then goes on without:
 *  - /proc/self/mountinfo, read twice for limits of the cgroup: 3.8 ms on a node with 1000 mounts
 *    (docs/decisions/0006-no-mountinfo.md);
 *  - /proc/meminfo, for how much memory is free: sysinfo(2) says it then, less exactly;
 *  - /sys/devices/system/node, for NUMA.
 */
#include <dirent.h>
#include <errno.h>
#include <malloc.h>
#include <stdio.h>
#include <string.h>

FILE *__real_fopen(const char *path, const char *mode);
FILE *__real_fopen64(const char *path, const char *mode);
DIR *__real_opendir(const char *path);
char *__real_getenv(const char *name);

static int hidden(const char *path)
{
    if (strcmp(path, "/proc/self/mountinfo") != 0 && strcmp(path, "/proc/meminfo") != 0 && strcmp(path, "/sys/devices/system/node") != 0)
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

DIR *__wrap_opendir(const char *path)
{
    return hidden(path) ? NULL : __real_opendir(path);
}

/* The youngest generation's size, in hexadecimal bytes: else the collector reads the sizes of all caches, ten files. It is the one
 * such setting that the project file cannot give. */
char *__wrap_getenv(const char *name)
{
    char *value = __real_getenv(name);
    return value == NULL && strcmp(name, "DOTNET_GCgen0size") == 0 ? "1000000" : value;
}

/* The runtime's second thread shares the first one's heap, instead of reserving 128 MB and giving half of it back. */
__attribute__((constructor)) static void share_heap(void)
{
    mallopt(M_ARENA_MAX, 1);
}
