# The health check of MongoDB: well once it is a primary. The first time it makes the replica set, of this one member.
#
# `hello` in MongoDB's own protocol costs a hundredth of what mongosh does, which takes seconds where six of them start
# at once: so mongosh is for what happens once. DATABASE_HOST is the name by which the others reach this member.
port=${DATABASE_PORT:-27017}

# OP_MSG of 52 bytes: {hello: 1, $db: "admin"}
hello='\x34\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\xdd\x07\x00\x00\x00\x00\x00\x00\x00'
hello+='\x1f\x00\x00\x00\x10hello\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00'

exec 3<> "/dev/tcp/127.0.0.1/$port" || exit 1
printf '%b' "$hello" >&3
answer=$(timeout 5 dd bs=64K count=1 <&3 2> /dev/null | LC_ALL=C tr '\0' '~')

case $answer in
    *isWritablePrimary~$'\x01'*) exit 0 ;;
    *'valid replica set config'*) ;;
    *) exit 1 ;; # it elects itself, or says nothing
esac
mongosh --quiet --port "$port" --eval "rs.initiate({_id: 'rs0', members: [{_id: 0, host: '$DATABASE_HOST:$port'}]})"
exit 1 # the next one finds a primary
