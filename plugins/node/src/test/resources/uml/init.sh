#!/bin/bash
# The first process of a kernel in user mode, whose root is the machine's own file system, read-only. It makes what a
# host has, loads the modules that MODULES names from KERNEL, runs JOB and switches the kernel off. The job leaves its
# observations in RESULTS, the one folder that the machine sees as well. All four come from the kernel's command line.
export PATH=/usr/sbin:/usr/bin:/sbin:/bin

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs -o mode=0755 run /run
mount -t tmpfs -o mode=0755 state /var/lib
mkdir -p /run/netns /var/lib/cni
mount -t hostfs none -o "$RESULTS" "$RESULTS"
exec > "$RESULTS/log" 2>&1

declare -A loaded

# modules.dep has one line for each module, "FILE: FILE…", with what it needs in the order opposite to loading.
load() {
    local line file needed
    line=$(grep -m 1 -E "/$1\.ko:" "$KERNEL/modules.dep") || return 0
    needed=(${line/:/})
    for ((i = ${#needed[@]} - 1; i >= 0; i--)); do
        file=${needed[i]}
        if [ -z "${loaded[$file]}" ]; then
            loaded[$file]=yes
            busybox insmod "$KERNEL/$file"
        fi
    done
}

for module in ${MODULES//,/ }; do
    load "$module"
done
ip link set lo up

bash -e "$JOB"
echo $? > "$RESULTS/status"
sync
echo o > /proc/sysrq-trigger
sleep 60
