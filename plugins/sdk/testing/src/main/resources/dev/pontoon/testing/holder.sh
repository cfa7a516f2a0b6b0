# Runs as `unshare -n -m --propagation private sh -c ... holder TMP`: turns the two fresh namespaces
# into a host of its own, says "ready", and takes everything down when standard input ends, which
# it does as well when the test's JVM is killed.
set -e
tmp=$1

# Mounts are collected on a tmpfs below /run; a second, empty one hides it in the end.
mount -t tmpfs -o mode=0755 stage /run
mkdir /run/tmp /run/cgroup
mount --bind "$tmp" /run/tmp
mount --rbind /sys/fs/cgroup /run/cgroup

# /sys/class/net shows the network namespace that mounted it.
mount -t sysfs sysfs /sys
mount --move /run/cgroup /sys/fs/cgroup

# Writable, private views of the machine's folders; the rest of its tree becomes read-only.
for folder in etc opt var; do
  mkdir -p "/run/$folder/upper" "/run/$folder/work"
  mount -t overlay -o "lowerdir=/$folder,upperdir=/run/$folder/upper,workdir=/run/$folder/work" \
    overlay "/$folder"
done
mount --move /run/tmp "$tmp"
mkdir -p /etc/cni /var/lib/cni
mount -t tmpfs -o mode=0755 cni-etc /etc/cni
mount -t tmpfs -o mode=0755 cni-lib /var/lib/cni
mount -o remount,bind,ro /
mount -t tmpfs -o mode=0755 run /run
mkdir -p /etc/cni/net.d /run/netns
mkdir -m 1777 /run/lock

ip link set lo up
# A new namespace copies the machine's value.
echo 0 > /proc/sys/net/ipv4/ip_forward

# Ctrl-C reaches every process of the terminal; this one has to clean up first.
trap '' INT TERM HUP
set +e
echo ready
cat > /dev/null

# Whoever lives in this mount namespace was started for the test. find itself is one of them.
mine=$(readlink "/proc/$$/ns/mnt" | sed 's/[][]/\\&/g')
round=0
while [ "$round" -lt 200 ]; do
  others=
  for link in $(find /proc/[0-9]*/ns/mnt -maxdepth 0 -lname "$mine" 2> /dev/null); do
    pid=${link#/proc/}
    pid=${pid%%/*}
    if [ "$pid" != "$$" ] && kill -9 "$pid" 2> /dev/null; then
      others=$pid
    fi
  done
  [ -n "$others" ] || break
  round=$((round + 1))
done
