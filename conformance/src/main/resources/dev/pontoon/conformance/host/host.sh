# Becomes the first process of a host: process, mount, network and UTS namespaces are new already (unshare).
# $1 is an empty folder. Lives until its standard input ends, that is, as long as the harness does.
set -eu
base=$1

mount -t tmpfs -o mode=0755 cni-conformance "$base"
mkdir "$base/changes" "$base/work" "$base/root"
mount -t overlay -o "lowerdir=/,upperdir=$base/changes,workdir=$base/work" cni-conformance "$base/root"
cd "$base/root"
mount -t proc proc proc
mount -t sysfs sysfs sys
if [ -d /sys/fs/cgroup ]; then mount --rbind /sys/fs/cgroup sys/fs/cgroup; fi
mount --rbind /dev dev
mount -t tmpfs -o mode=0755 run run
mkdir -p run/conformance/changes run/conformance/old run/netns run/lock
mount --bind "$base/changes" run/conformance/changes

# File systems of their own (/home, /opt, a build folder) are seen as well, though not through the layer.
while read -r _ _ _ _ point _; do
    case $point in
        / | /proc* | /sys* | /dev* | /run* | /var/lib/cni* | /etc/cni* | "$base"*) ;;
        *) if [ -d ".$point" ]; then mount --rbind "$point" ".$point"; fi ;;
    esac
done < /proc/self/mountinfo

# What plugins keep on this machine is not this host's, and nothing may be removed from a file system of its own.
layer=$(stat -c %d .)
for folder in var/lib etc; do
    if [ "$(stat -c %d $folder)" = "$layer" ]; then
        rm -rf $folder/cni
        mkdir $folder/cni
    else
        mkdir -p $folder/cni
        mount -t tmpfs -o mode=0755 cni $folder/cni
    fi
done
mkdir etc/cni/net.d
# Java programs of this machine come and go there.
if [ "$(stat -c %d tmp)" = "$layer" ]; then rm -rf tmp/hsperfdata_*; fi

pivot_root . run/conformance/old
cd /
umount -l /run/conformance/old
rmdir /run/conformance/old
ip link set lo up
echo 0 > /proc/sys/net/ipv4/ip_forward
echo ready

while read -r _; do :; done
