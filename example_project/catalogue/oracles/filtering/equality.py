"""What the patterns on equality must give."""

from __future__ import annotations

from collections.abc import Collection

from example_project.catalogue.checking import case, empty, everything, oracle
from example_project.world import World
from example_project.world.rows import Comment, Post, User


@oracle(2)
def get_valid_users(world: World) -> list[User]:
    return [user for user in world.users if user.is_active and user.status != "banned"]


@oracle(6, case(statuses=["stale"]), case(statuses={"published", "archived", "nonsense"}), empty(statuses=[]))
def posts_by_status(world: World, statuses: Collection[str]) -> list[Post]:
    return [post for post in world.posts if post.status in statuses]


@oracle(10, case(author_id=4), empty(author_id=0))
def posts_by_author(world: World, author_id: int) -> list[Post]:
    return [post for post in world.posts if post.author_id == author_id]


@oracle(14, case(category_id=None), case(category_id=2), empty(category_id=-1))
def posts_by_category(world: World, category_id: int | None) -> list[Post]:
    return [post for post in world.posts if post.category_id == category_id]


@oracle(15, case(author_ids=[4, 4, 0]), empty(author_ids=[]), empty(author_ids=[0]))
def posts_by_authors(world: World, author_ids: Collection[int]) -> list[Post]:
    return [post for post in world.posts if post.author_id in author_ids]


@oracle(
    21,
    case(username=" ada ", email="padded@example.org"),
    case(username="", email="nameless@example.org"),
    empty(username="Ada", email="ada@example.com"),
    empty(username="ada", email="Ada@Example.COM"),
)
def exact_match_users(world: World, username: str, email: str) -> list[User]:
    return [user for user in world.users if user.username == username and user.email == email]


@oracle(22, case(author_id=4), empty(author_id=0))
def comments_by_post_author(world: World, author_id: int) -> list[Comment]:
    return [comment for comment in world.comments if world.post(comment.post_id).author_id == author_id]


@oracle(24, case(ids=[5, None]), case(ids=range(10)), everything(ids=[]), everything(ids=[None]), everything(ids=[0]))
def exclude_by_ids(world: World, ids: Collection[int | None]) -> list[Post]:
    return [post for post in world.posts if post.id not in ids]


@oracle(25)
def complex_filter(world: World) -> list[Post]:
    def is_archive(category_id: int | None) -> bool:
        return category_id is not None and world.category(category_id).name == "archive"

    published = (post for post in world.posts if post.status == "published" and post.rating > 3)
    return [post for post in published if not is_archive(post.category_id)]


@oracle(27, case(status="banned"), empty(status="Pending"), empty(status=""))
def users_by_status(world: World, status: str) -> list[User]:
    return [user for user in world.users if user.status == status]


@oracle(33, case(statuses=["published"]), everything(statuses=[]), everything(statuses=["nonsense"]))
def posts_not_in_status(world: World, statuses: Collection[str]) -> list[Post]:
    return [post for post in world.posts if post.status not in statuses]


@oracle(52)
def free_or_unpriced_posts(world: World) -> list[Post]:
    return [post for post in world.posts if post.price is None or post.price == 0]


@oracle(80, case(user_id=4), case(user_id=0))
def posts_visible_to(world: World, user_id: int) -> list[Post]:
    return [post for post in world.posts if post.status == "published" or post.author_id == user_id]


@oracle(87)
def posts_by_active_authors(world: World) -> list[Post]:
    return [post for post in world.posts if world.user(post.author_id).is_active]
