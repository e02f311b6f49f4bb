-- Which database this is: what others keep of it outside (in Redis) must not be taken for what is in another one.
create table identity (
    one {int} primary key check (one = 1),
    id {id} not null
) {strict};
